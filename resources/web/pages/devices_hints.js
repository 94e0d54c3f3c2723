// Why a camera gives no picture, by the codes of a check: in two words, and what to try.

import { mark } from "../base/words.js";

const HEADS = {
  auth_failed: mark("Login refused"),
  not_found: mark("No such stream"),
  timeout: mark("No answer"),
  refused: mark("Connection refused"),
  dns: mark("Unknown host name"),
  no_video: mark("No video"),
  unsupported: mark("Not understood"),
  network: mark("Connection broken"),
};
const HINTS = {
  auth_failed: mark(
    "Type the user name and the password again; capital letters count. Many cameras have accounts of their own for RTSP or ONVIF, and lock one for some minutes after several wrong tries.",
  ),
  not_found: mark(
    "The camera is there, but not this stream. Look the path up in its manual, for example /Streaming/Channels/101, /h264/ch1/main/av_stream or /stream1, and see that the stream is switched on.",
  ),
  timeout: mark(
    "Is the camera switched on, and in a network that this station reaches? Try its web page from this machine. Where a firewall is in between, it must let the port through.",
  ),
  refused: mark(
    "A device is at this address, but nothing listens at this port. RTSP has 554 as a rule, RTSPS 322. Switch RTSP on in the camera's settings.",
  ),
  dns: mark("Write the camera's number, such as 192.168.1.20, or ask whoever looks after the network."),
  no_video: mark(
    "This stream has only sound or data in it. Take the path of the camera's video stream, and set it to H.264, H.265 or MJPEG.",
  ),
  unsupported: mark(
    "Is it the address of the stream, and not of the camera's web page? Set the camera to H.264, H.265 or MJPEG. With rtsps and https, try rtsp and http.",
  ),
  network: mark(
    "See to the cable or the wireless link. Many cameras allow a few connections only: close other programs that watch it.",
  ),
};

// For translation; "" where the code is none of a check's.
export const headOf = (code) => HEADS[code] ?? "";
export const hintOf = (code) => HINTS[code] ?? "";
