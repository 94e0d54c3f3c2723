"""Every stable code that a problem document may carry: its status, and what it means to a program."""

from collections.abc import Mapping

CODES: Mapping[int, Mapping[str, str]] = {
    400: {
        "bad_request": "This is not a request that HTTP allows.",
    },
    401: {
        "not_signed_in": "The request has no access token.",
        "invalid_token": "The access token is not one of this station.",
        "token_expired": "The access token has expired; take a new one from /token/refresh.",
        "session_ended": "The sign-in was ended: signed out, revoked, or the account is no longer approved.",
        "access_ended": "The access key is not one for these results, has expired, or its sign-in was ended.",
        "invalid_credentials": "User name or password is wrong.",
    },
    403: {
        "forbidden": "The caller's role does not allow this.",
        "cross_site": "A page of another site wants to change something here.",
        "account_pending": "An administrator still has to approve the account.",
        "account_rejected": "An administrator has rejected the account.",
        "account_disabled": "An administrator has disabled the account.",
    },
    404: {
        "not_found": "There is nothing at this address.",
        "user_not_found": "No such account.",
        "device_not_found": "No such camera.",
        "algorithm_not_found": "No such algorithm.",
        "version_not_found": "The algorithm has no such version.",
        "task_not_found": "No such task.",
        "test_not_found": "No such test.",
        "file_not_found": "No such file.",
    },
    405: {
        "method_not_allowed": "The address takes other methods; the header Allow names them.",
    },
    408: {
        "body_too_slow": "The body came in too slowly.",
    },
    409: {
        "conflict": "Somebody else has just changed this.",
        "name_taken": "Another object has this name, or one that reads like it.",
        "last_admin": "The last administrator can't be demoted, disabled or deleted.",
        "device_in_use": "Tasks use this camera; the detail names them.",
        "algorithm_in_use": "Tasks use this algorithm or version; the detail names them.",
        "algorithm_not_ready": "The algorithm has no version that is ready.",
        "version_not_ready": "The version is not ready.",
        "already_int8": "The version is INT8 already.",
        "being_optimized": "The version is being optimised already.",
        "optimize_missing": "The station can't optimise: a part is not installed.",
        "duplicate_task": "A task with this camera and this algorithm is there already.",
        "task_running": "The task or test is running; stop it first.",
        "task_in_transition": "The task or test is just starting or stopping.",
    },
    413: {
        "body_too_large": "The body is too large.",
        "file_too_large": "The file is too large.",
    },
    415: {
        "wrong_content_type": "The body has another Content-Type than this route takes.",
    },
    416: {
        "range_not_satisfiable": "The file ends before the range; Content-Range says how long it is.",
    },
    421: {
        "host_not_allowed": "The station does not go by the name in the Host header; see SIAPP_ALLOWED_HOSTS.",
    },
    422: {
        "invalid_json": "The body is not a JSON object.",
        "invalid_form": "The form can't be read.",
        "missing_field": "A field is missing.",
        "unknown_field": "A field is not known here.",
        "repeated_field": "A field is there twice.",
        "invalid_field": "A field has the wrong type.",
        "bad_parameter": "A parameter of the query is out of its range.",
        "bad_name": "A name is empty, too long, or has characters that are not allowed.",
        "bad_option": "An option is out of its range.",
        "not_a_video": "The file is not a video that can be read.",
        "bad_camera_url": "The camera's address can't be used.",
        "nothing_to_check": "Neither an address nor a camera is given.",
        "weak_password": "The password is too easy.",
        "wrong_password": "The current password is wrong.",
        "long_password": "The password is too long.",
        "value_out_of_range": "A value can't be stored.",
    },
    426: {
        "upgrade_required": "The address is for WebSockets.",
    },
    429: {
        "too_many_tries": "Too many tries to sign in, or requests for accounts, from this address of late.",
        "too_many_at_once": "Too many passwords are being looked at just now.",
        "too_many_pending": "Too many requests for accounts wait for review.",
        "too_many_checks": "Too many cameras or videos are being checked at once.",
    },
    503: {
        "database_unavailable": "The database does not answer at present.",
    },
    507: {
        "disk_full": "The disk of the station is full, or nearly so.",
        "quota_exceeded": "The caller's weight files and test videos would take more than they may.",
    },
}
STATUS_OF: Mapping[str, int] = {code: status for status, codes in CODES.items() for code in codes}
