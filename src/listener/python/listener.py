"""The module `listener`, which Univention-style listener modules import."""
import functools
import os
import pwd
import socket
import subprocess

from univention.config_registry import ConfigRegistry

configRegistry = ConfigRegistry()
configRegistry.load()
baseConfig = configRegistry

#: The call that is under way, or None: a dict with id (the same at every repetition), command, dn, oldDn, uuid, csn, at.
call = None
#: `listener.settings` of this handler.
settings = {}

reeve_warnings = []
_channel = None
_directory = {}
_password = None
_own = os.geteuid()


def setuid(uid):
    """Takes on another effective user, by number or name, until unsetuid() or the end of the call."""
    number = pwd.getpwnam(uid).pw_uid if isinstance(uid, str) and not uid.isdigit() else int(uid)
    if number == os.geteuid():
        return
    if os.getuid() != 0:
        raise PermissionError(
            "it asks to run as user %s: only a listener that runs as root can do that, this one has the user id %d"
            % (uid, os.getuid())
        )
    _become(number)


def unsetuid():
    """Back to the user that the module runs as."""
    if os.geteuid() != _own:
        _become(_own)


def _become(number):
    if os.geteuid() != 0:
        os.seteuid(0)
    if number != 0:
        os.seteuid(number)
    _die_with_parent()


def _die_with_parent():
    # A change of user clears the signal at the parent's death (prctl(2)); the end of the input remains where this fails.
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(1, 9, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        pass


class SetUID(object):
    """`with SetUID(0):` and `@SetUID()`: another effective user for a while."""

    def __init__(self, uid=0):
        self._function = uid if callable(uid) else None  # @SetUID without parentheses
        self._uid = 0 if self._function else uid
        self._before = []
        if self._function:
            functools.update_wrapper(self, self._function)

    def __enter__(self):
        self._before.append(os.geteuid())
        setuid(self._uid)
        return self

    def __exit__(self, kind, value, trace):
        before = self._before.pop()
        if os.geteuid() != before:
            _become(before)

    def __call__(self, *arguments, **named):
        if self._function:
            with SetUID(self._uid):
                return self._function(*arguments, **named)
        function = arguments[0]

        @functools.wraps(function)
        def wrapped(*arguments, **named):
            with SetUID(self._uid):
                return function(*arguments, **named)

        return wrapped


UnsetUID = unsetuid


def run(file, argv, uid=-1, wait=1):
    """Runs a program with its argument vector (its own name first), as a user if one is given; its exit status."""

    def become():
        if uid >= 0:
            os.seteuid(0)
            os.setgid(pwd.getpwuid(uid).pw_gid)
            os.setuid(uid)

    if uid >= 0 and uid != os.geteuid() and os.getuid() != 0:
        raise PermissionError("%s is to run as user %d: only a listener that runs as root can do that" % (file, uid))
    child = subprocess.Popen(list(argv), executable=file, preexec_fn=become if uid >= 0 else None)
    return child.wait() if wait else 0


def reeve_start(start, channel, password):
    global _channel, _directory, _password
    _channel = channel
    _password = password
    settings.update(start.get("settings", {}))
    _directory = start.get("directory", {})
    path = _directory.get("registry")
    if path and hasattr(configRegistry, "reeve_file"):
        host, _, domain = socket.gethostname().partition(".")
        known = {"hostname": host, "domainname": domain}
        known.update({"ldap/base": _directory["basedn"], "ldap/server/name": _directory["ldapserver"]})
        configRegistry.reeve_use(path, known)
    configRegistry.load()


def reeve_user(name):
    """From now on this is the user the module runs as; root stays in reach, as with the model."""
    global _own
    entry = pwd.getpwnam(name)
    if entry.pw_uid == _own:
        return
    if os.getuid() != 0:
        raise PermissionError("it asks to run as %s: only a listener that runs as root can do that" % name)
    os.initgroups(name, entry.pw_gid)
    os.setegid(entry.pw_gid)
    _own = entry.pw_uid
    _become(_own)


def reeve_reset():
    unsetuid()
