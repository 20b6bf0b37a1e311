"""The module `univention.debug`: its categories and levels; what is said goes to Reeve's log."""
import functools

_categories = (
    "MAIN LDAP USERS NETWORK SSL SLAPD SEARCH TRANSFILE LISTENER POLICY ADMIN CONFIG LICENSE KERBEROS DHCP PROTOCOL"
    " MODULE ACL RESOURCES PARSER LOCALE AUTH"
).split()
globals().update({name: number for number, name in enumerate(_categories)})

ERROR, WARN, PROCESS, INFO, ALL = range(5)
TRACE = 5
DEFAULT = WARN
NO_FLUSH, FLUSH = 0, 1
NO_FUNCTION, FUNCTION = 0, 1

_levels = {}
_named = {ERROR: "ERROR", WARN: "WARNING", PROCESS: "INFO"}


def debug(category, level, message, utf8=True):
    """Logs it; ERROR, WARN and PROCESS keep their rank, INFO and ALL are for looking closely."""
    if level > _levels.get(category, TRACE):
        return
    import listener

    if isinstance(message, bytes):
        message = message.decode("utf-8", "backslashreplace")
    if listener._channel:
        listener._channel.log(_named.get(level, "DEBUG"), message)


def error(category, message):
    debug(category, ERROR, message)


def warn(category, message):
    debug(category, WARN, message)


def process(category, message):
    debug(category, PROCESS, message)


def info(category, message):
    debug(category, INFO, message)


def init(logfile=None, flush=NO_FLUSH, function_=NO_FUNCTION, **ignored):
    """There is nothing to open: Reeve has the log."""


def exit():
    pass


def reopen():
    pass


def begin(*ignored):
    pass


end = begin


def set_level(category, level):
    _levels[category] = level


def get_level(category):
    return _levels.get(category, TRACE)


def set_function(activated):
    pass


class function(object):
    """Marks where a function begins and ends."""

    def __init__(self, text, level=ALL):
        self.text = text
        debug(globals()["MAIN"], level, "BEGIN " + str(text))

    def __del__(self):
        try:
            debug(globals()["MAIN"], ALL, "END " + str(self.text))
        except Exception:
            pass  # the interpreter is ending


def trace(with_args=True, with_return=False, repr=object.__repr__):
    def decorate(called):
        @functools.wraps(called)
        def wrapped(*arguments, **named):
            mark = function(called.__name__)
            try:
                return called(*arguments, **named)
            finally:
                del mark

        return wrapped

    return decorate
