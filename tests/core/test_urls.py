"""Camera addresses: what is taken, what is refused, what is shown, and where credentials go."""

import pytest

from siapp.core.errors import InvalidInput
from siapp.core.urls import check_camera_url, has_hidden, merge_hidden, normal_url, public_url

OWN = frozenset({8000})


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://192.168.1.20",
        "rtsp://user:p%40ss@192.168.1.20:554/Streaming/Channels/101?transportmode=unicast",
        "rtsp://admin:p@ss@192.168.1.20/Streaming/Channels/101",
        "rtsp://admin:pass@192.168.1.20/cam/realmonitor?channel=1&subtype=0&mail=a%40b.example",
        "rtsp://olga%40plant.example:pass@camera:554/h264Preview_01_main",
        "rtsp://192.168.1.20/user=admin_password=tlJwpbo6_channel=1_stream=0.sdp?real_stream",
        "rtsp://admin:p@ss@192.168.1.20/",  # many people write it so, and FFmpeg takes it
        "rtsps://camera-7.plant.example:322/live",
        "http://10.0.0.9/video.mjpg",
        "https://camera_7/axis-cgi/mjpg/video.cgi",
        "rtsp://127.0.0.1:8554/test",
        "rtsp://[::1]:8554/test",
        "rtsp://[fd12:3456::20]/test",
        "RTSP://camera/1",
        "file:///street.mp4",
        "file:///%E8%A1%97%E9%81%93.mp4",
    ],
)
def test_a_camera_address_is_taken(url: str) -> None:
    check_camera_url(url, own_ports=OWN)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.169.254./",
        "http://user:password@169.254.169.254/",
        "http://192.168.1.1@169.254.169.254/",
        "http://2852039166/",
        "http://0xA9FEA9FE/",
        "http://0xa9.254.169.254/",
        "http://0251.0376.0251.0376/",
        "http://169.254.43518/",
        "http://169.16689662/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::169.254.169.254]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[2002:a9fe:a9fe::1]/",
        "rtsp://169.254.7.7/stream",
        "rtsp://[fe80::1]/stream",
        "rtsp://[fe80::1%eth0]/stream",
        "rtsp://[fe80::1%25eth0]/stream",
        "rtsp://239.1.2.3/stream",
        "rtsp://255.255.255.255/stream",
        "rtsp://[ff02::1]/stream",
        "http://metadata.google.internal/",
        "http://METADATA.google.internal./",
        "http://100.100.100.200/",
        "http://168.63.129.16/",
        "http://[fd00:ec2::254]/",
    ],
)
def test_link_local_and_metadata_addresses_are_refused_in_every_spelling(url: str) -> None:
    with pytest.raises(InvalidInput, match="reserved"):
        check_camera_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://１６９.254.169.254/",
        "http://169。254。169。254/",
        "http://①②③.example/",
        "http://%31%36%39.254.169.254/",
        "http://169.254.169.254%00.example/",
        "http://камера.example/",
        "http://camera$.example/",
        "http://good.example\\@169.254.169.254/",
    ],
)
def test_hosts_with_letters_that_a_resolver_may_rewrite_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_camera_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "rtsp://127.0.0.1:8000",
        "rtsp://127.0.0.1:08000/",
        "http://localhost:8000/",
        "http://LOCALHOST.:8000/",
        "http://camera.localhost:8000/",
        "http://127.1:8000/",
        "http://0x7f.1:8000/",
        "http://2130706433:8000/",
        "http://017700000001:8000/",
        "http://127.8.8.8:8000/",
        "http://0.0.0.0:8000/",
        "http://0:8000/",
        "http://[::1]:8000/",
        "http://[::ffff:127.0.0.1]:8000/",
        "http://user:pw@127.0.0.1:8000/",
    ],
)
def test_siapps_own_port_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="own address"):
        check_camera_url(url, own_ports=OWN)


def test_siapps_own_port_is_refused_when_it_is_the_usual_one_and_left_out() -> None:
    with pytest.raises(InvalidInput, match="own address"):
        check_camera_url("http://localhost/", own_ports=frozenset({80}))


def test_another_port_of_this_machine_is_fine() -> None:
    check_camera_url("rtsp://127.0.0.1:8554/x", own_ports=OWN)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "camera",
        "192.168.1.20:554",
        "/etc/passwd",
        "rtsp:",
        "rtsp://",
        "rtsp:///stream",
        "rtsp://user:password@/stream",
        "rtsp://camera:port/",
        "rtsp://camera:８０/",
        "rtsp://camera:+80/",
        "rtsp://camera:65536/",
        "rtsp://camera:0/",
        "rtsp://[::1/",
        "rtsp://[camera]/",
        "rtsp://camera/a b",
        "rtsp://camera/a\u00a0b",
        "rtsp://camera/a\u202eb",
        "rtsp://camera/\x00",
        "rtsp://camera/\r\nSETUP rtsp://other",
        "rtsp://camera/\ud800",
        "rtsp://camera/" + "a" * 2048,
        "rtsp://camera/#fragment",
        "rtsp://admin:12#secret@192.168.1.5/",
        "rtsp://admin:12/secret@192.168.1.5/",
        "rtsp://admin:12?secret@192.168.1.5/",
        "rtsp://admin:p@ss/word@192.168.1.20/live",
        "rtsp://admin:p@ss?word@192.168.1.20/live",
        "rtsp://admin:p@ss#word@192.168.1.20/live",
        "ftp://camera/x",
        "concat:file1|file2",
        "subfile,,start,0,end,0,,:/etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "tcp://camera:80",
        "udp://@239.0.0.1:1234",
        "rtmp://camera/live",
        "crypto+file:///street.mp4",
        "file,rtsp://camera/",
    ],
)
def test_what_is_no_camera_address_is_refused_with_a_field_and_a_sentence(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_camera_url(url)
    assert caught.value.code == "bad_camera_url"
    assert caught.value.field == "rtsp_url"
    assert caught.value.text().endswith((".", "stream"))


@pytest.mark.parametrize(
    "url",
    [
        "file:///",
        "file:///..",
        "file:///.",
        "file:///../siapp.db",
        "file:///%2e%2e",
        "file:///%2e%2e%2fsiapp.db",
        "file:///..%5csiapp.db",
        "file:////etc/passwd",
        "file:///etc/passwd",
        "file:///a%00b",
        "file:///a%0ab",
        "file://host/street.mp4",
        "file://localhost/street.mp4",
        "file:///street.mp4?x=1",
        "file:///street.mp4#x",
        "file:",
    ],
)
def test_a_file_camera_is_the_plain_name_of_a_video_and_nothing_else(url: str) -> None:
    with pytest.raises(InvalidInput):
        check_camera_url(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://camera/1", "rtsp://camera/1"),
        ("rtsp://admin:s3cret@camera:554/1", "rtsp://***:***@camera:554/1"),
        ("rtsp://admin:s3@cret@camera/1", "rtsp://***:***@camera/1"),
        ("rtsp://admin@camera/1", "rtsp://***:***@camera/1"),
        ("http://camera/v?user=a&pwd=s3cret&size=2", "http://camera/v?user=***&pwd=***&size=2"),
        ("http://camera/v?size=2;password=s3cret", "http://camera/v?size=2;password=***"),
        ("http://camera/v?account=admin&pw=s3cret&size=2", "http://camera/v?account=***&pw=***&size=2"),
        ("rtsp://camera/acct=a_pw=s3cret_channel=1", "rtsp://camera/acct=***_pw=***_channel=1"),
        ("http://camera/v?Access_Token=s3cret", "http://camera/v?Access_Token=***"),
        ("rtsp://camera/user=a&password=s3cret&channel=1", "rtsp://camera/user=***&password=***&channel=1"),
        ("rtsp://camera/user=a_password=s3_cret_channel=1", "rtsp://camera/user=***_password=***_channel=1"),
        ("http://camera/v?user=&size=2", "http://camera/v?user=&size=2"),
        ("http://camera/monkey/1", "http://camera/monkey/1"),
    ],
)
def test_the_public_form_hides_names_and_passwords_wherever_they_stand(url: str, shown: str) -> None:
    assert public_url(url) == shown
    assert "cret" not in public_url(url)


@pytest.mark.parametrize(
    "stored",
    [
        "rtsp://admin:s3cret@camera:554/1",
        "rtsp://admin:s3:cr@et@camera/1",
        "rtsp://admin@camera/1",
        "http://camera/v?user=a&pwd=s3cret&size=2",
        "rtsp://camera/user=a_password=s3_cret_channel=1_stream=0.sdp",
        "http://a:b@camera/v?token=1;x=2",
    ],
)
def test_the_public_form_unchanged_means_the_stored_address(stored: str) -> None:
    assert has_hidden(public_url(stored))
    assert merge_hidden(public_url(stored), stored) == stored


def test_an_edited_path_keeps_the_credentials() -> None:
    assert merge_hidden("rtsp://***:***@camera/2", "rtsp://a:b@camera/1") == "rtsp://a:b@camera/2"


def test_a_new_user_name_keeps_the_password() -> None:
    assert merge_hidden("rtsp://bob:***@camera/1", "rtsp://a:b@camera/1") == "rtsp://bob:b@camera/1"


def test_the_usual_port_written_out_is_the_same_place() -> None:
    assert merge_hidden("rtsp://***:***@camera:554/1", "rtsp://a:b@camera/1") == "rtsp://a:b@camera:554/1"


def test_typed_credentials_replace_the_stored_ones_at_any_host() -> None:
    assert merge_hidden("rtsp://c:d@elsewhere/1", "rtsp://a:b@camera/1") == "rtsp://c:d@elsewhere/1"


def test_stars_without_stored_credentials_become_nothing() -> None:
    assert merge_hidden("rtsp://***:***@camera/1", "rtsp://camera/1") == "rtsp://camera/1"


@pytest.mark.parametrize(
    "edited",
    [
        "rtsp://***:***@elsewhere/1",
        "rtsp://***:***@camera.elsewhere.example/1",
        "rtsp://***:***@camera:555/1",
        "rtsp://***:***@camera@elsewhere/1",
        "http://***:***@camera/1",
        "http://elsewhere/v?user=***&pwd=***",
    ],
)
def test_stored_credentials_never_go_to_another_host_port_or_protocol(edited: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        merged = merge_hidden(edited, "rtsp://admin:s3cret@camera/v?user=a&pwd=s3cret")
        assert "s3cret" not in merged
        check_camera_url(merged)
    assert "s3cret" not in caught.value.text()


@pytest.mark.parametrize("url", ["rtsp://***:***@camera/", "rtsp://admin:***@camera/", "http://camera/?pwd=***"])
def test_stars_where_nothing_is_stored_are_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="not known here"):
        check_camera_url(url)


def test_stars_elsewhere_are_plain_text() -> None:
    check_camera_url("rtsp://camera/***")


def test_the_scheme_is_stored_in_small_letters() -> None:
    assert normal_url("  RTSP://Admin:PW@Camera/1 ") == "rtsp://Admin:PW@Camera/1"
