"""The module `univention.config_registry` where none is installed: a registry over one plain file, `key: value` a line."""
import fcntl
import os
import tempfile

_path = None
#: What every registry knows without having been told: where the directory is.
_defaults = {}


def _warn(text):
    import listener

    if listener._channel:
        listener._channel.log("WARNING", text)


class ConfigRegistry(dict):
    """Keys to texts. A key that is absent reads as None."""

    NORMAL, LDAP, FORCED, SCHEDULE, CUSTOM, DEFAULTS = range(6)
    TRUE = ("yes", "true", "1", "enable", "enabled", "on")
    FALSE = ("no", "false", "0", "disable", "disabled", "off")

    def __init__(self, filename=None, write_registry=NORMAL):
        dict.__init__(self)
        self.reeve_file = filename
        self._lock = None
        self._changed = {}

    def reeve_use(self, path, defaults):
        global _path
        _path = path
        _defaults.update(defaults)

    @property
    def _file(self):
        return self.reeve_file or _path

    def load(self, *ignored, **named):
        self.clear()
        self._changed.clear()
        dict.update(self, _defaults)
        try:
            with open(self._file or os.devnull, encoding="utf-8") as lines:
                for line in lines:
                    key, colon, value = line.rstrip("\n").partition(": ")
                    if colon and not key.startswith("#"):
                        dict.__setitem__(self, key, value)
        except FileNotFoundError:
            pass
        return self

    def save(self):
        """Writes what was changed here over what stands in the file now."""
        changed = dict(self._changed)
        if not self._file:
            raise OSError("this listener was given no file for a registry")
        with open(self._file + ".lock", "w") as lock:
            if not self._lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
            self.load()
            for key, value in changed.items():
                if value is None:
                    dict.pop(self, key, None)
                else:
                    dict.__setitem__(self, key, value)
            self._write()

    def _write(self):
        beside, name = tempfile.mkstemp(dir=os.path.dirname(self._file), prefix=".registry-")
        try:
            with os.fdopen(beside, "w", encoding="utf-8") as out:
                out.writelines("%s: %s\n" % item for item in sorted(self.items()) if item not in _defaults.items())
                out.flush()
                os.fsync(out.fileno())
            os.chmod(name, 0o644)
            os.rename(name, self._file)
        except BaseException:
            os.unlink(name)
            raise

    def lock(self):
        self._lock = open(self._file + ".lock", "w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def unlock(self):
        if self._lock:
            self._lock.close()
        self._lock = None

    def __enter__(self):
        self.lock()
        self.load()
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.save()
        finally:
            self.unlock()

    def __getitem__(self, key):
        return self.get(key)

    def __setitem__(self, key, value):
        value = str(value)
        if "\n" in key + value or ": " in key:
            raise ValueError("a line end or a colon cannot stand in %r" % key)
        dict.__setitem__(self, key, value)
        self._changed[key] = value

    def __delitem__(self, key):
        dict.pop(self, key, None)
        self._changed[key] = None

    def has_key(self, key, write_registry_only=False):
        return key in self

    def is_true(self, key=None, default=False, value=None):
        value = self.get(key) if value is None else value
        return default if value is None else str(value).lower() in self.TRUE

    def is_false(self, key=None, default=False, value=None):
        value = self.get(key) if value is None else value
        return default if value is None else str(value).lower() in self.FALSE

    def get_int(self, key, default=None):
        try:
            return int(self.get(key, default))
        except (TypeError, ValueError):
            return default

    def update(self, changes):
        """None takes a key away. What was changed: key to (before, now)."""
        done = {}
        for key, value in changes.items():
            before = self.get(key)
            if value is None:
                del self[key]
            else:
                self[key] = value
            if before != self.get(key):
                done[key] = (before, self.get(key))
        return done


class ReadOnlyConfigRegistry(ConfigRegistry):
    def __setitem__(self, key, value):
        raise TypeError("this registry is for reading")

    def __delitem__(self, key):
        raise TypeError("this registry is for reading")


class _Loaded(ReadOnlyConfigRegistry):
    """Read at the first look (`ucr`), or at every one (`ucr_live`)."""

    def __init__(self, always):
        ReadOnlyConfigRegistry.__init__(self)
        self._always = always
        self._read = False

    def get(self, key, default=None):
        if self._always or not self._read:
            self._read = True
            self.load()
        return dict.get(self, key, default)

    def __contains__(self, key):
        return self.get(key) is not None


ucr = _Loaded(False)
ucr_live = _Loaded(True)


def ucr_factory():
    return ConfigRegistry().load()


def ucr_update(registry, changes):
    with registry:
        return registry.update(changes)


def handler_set(args, opts={}, quiet=False):
    """`key=value`; `key?value` only where the key is absent."""
    registry = ConfigRegistry()
    with registry:
        for arg in args:
            marks = [at for at in (arg.find("="), arg.find("?")) if at > 0]
            if not marks:
                raise ValueError("expected key=value, not %r" % arg)
            key, mark, value = arg[: min(marks)], arg[min(marks)], arg[min(marks) + 1 :]
            if mark == "=" or key not in registry:
                registry[key] = value
    return 0


def handler_unset(args, opts={}, quiet=False):
    registry = ConfigRegistry()
    with registry:
        for key in args:
            del registry[key]
    return 0


def handler_get(args, opts={}, quiet=False):
    registry = ucr_factory()
    return [registry.get(key) for key in args]


def handler_commit(args, opts={}, quiet=False):
    configHandlers().commit(ucr, args)
    return 0


class configHandlers(object):
    """Templates: there are none here, and who wants one written is told so in the log."""

    def load(self):
        pass

    update = load

    def commit(self, registry, filelist=()):
        _warn("there are no templates of a configuration registry here: nothing is written for %s" % list(filelist))
