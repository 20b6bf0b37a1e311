"""Runs one module of a directory listener, as the model's interpreter would, and speaks JSON lines with Reeve.

Python 3.7 or later. `files` (sources of our modules) and `source` (the stream of messages) were given by the loader.
"""
import base64
import faulthandler
import importlib
import importlib.abc
import importlib.util
import json
import logging
import os
import select
import sys
import threading
import traceback

LONGEST = 8000


class Channel:
    """What Reeve hears. The module's own standard output becomes noise for the log, its input is empty."""

    def __init__(self):
        self._lock = threading.Lock()
        self._out = os.fdopen(os.dup(1), "wb")
        empty = os.open(os.devnull, os.O_RDONLY)
        os.dup2(empty, 0)
        os.close(empty)
        os.dup2(2, 1)
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True, errors="backslashreplace")

    def say(self, **message):
        line = json.dumps(message, separators=(",", ":")).encode()
        with self._lock:
            self._out.write(line + b"\n")
            self._out.flush()

    def log(self, level, message):
        self.say(type="log", level=level, message=str(message)[:LONGEST])


class Ours(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives modules out of the sources that came with the bridge."""

    def __init__(self, modules):
        self.modules = modules

    def find_spec(self, name, path=None, target=None):
        if name not in self.modules:
            return None
        packages = {one.rpartition(".")[0] for one in self.modules}
        return importlib.util.spec_from_loader(name, self, origin="<reeve>", is_package=name in packages)

    def exec_module(self, module):
        source, origin, names = self.modules[module.__name__]
        if source:
            exec(compile(files[source], "<reeve>/%s.py" % source, "exec"), module.__dict__)
        for name in names:
            setattr(module, name, getattr(importlib.import_module(origin), name))


def provide():
    # `listener` and what it logs with are always ours; a registry that is installed is the one that counts.
    debug = "debug error warn process info init exit reopen end set_level get_level set_function function trace"
    levels = "ERROR WARN PROCESS INFO ALL TRACE DEFAULT NO_FLUSH FLUSH NO_FUNCTION FUNCTION"
    categories = (
        "MAIN LDAP USERS NETWORK SSL SLAPD SEARCH TRANSFILE LISTENER POLICY ADMIN CONFIG LICENSE KERBEROS DHCP PROTOCOL"
        " MODULE ACL RESOURCES PARSER LOCALE AUTH"
    )
    parts = {
        "handler": "ListenerModuleHandler",
        "handler_configuration": "ListenerModuleConfiguration",
        "handler_logging": "get_logger get_listener_logger",
        "api_adapter": "ListenerModuleAdapter",
        "exceptions": "ListenerModuleConfigurationError ListenerModuleRuntimeError ListenerModuleSetupError",
    }
    first = {
        "listener": ("listener", "", []),
        "univention.debug": ("debug", "", []),
        "univention.debug2": ("", "univention.debug", " ".join((debug, levels, categories)).split()),
        "univention.listener": ("handlers", "", []),
    }
    for name, exports in parts.items():
        first["univention.listener." + name] = ("", "univention.listener", exports.split())
    frontend = "ConfigRegistry ucr_update handler_set handler_unset handler_get handler_commit".split()
    last = {
        "univention": ("", "", []),
        "univention.config_registry": ("config_registry", "", []),
        "univention.config_registry.frontend": ("", "univention.config_registry", frontend),
    }
    sys.meta_path.insert(0, Ours(first))
    sys.meta_path.append(Ours(last))


class Log(logging.Handler):
    LEVELS = ((logging.ERROR, "ERROR"), (logging.WARNING, "WARNING"), (logging.INFO, "INFO"), (0, "DEBUG"))

    def emit(self, record):
        try:
            level = next(name for least, name in self.LEVELS if record.levelno >= least)
            channel.log(level, self.format(record))
        except Exception:
            self.handleError(record)


def error_text():
    """The traceback from the module's own frames on."""
    kind, value, trace = sys.exc_info()
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(("<reeve>/bridge", "<frozen importlib")):
        trace = trace.tb_next
    return "".join(traceback.format_exception(kind, value, trace)).strip()[-LONGEST:]


def unavailable(error):
    """Nothing is wrong with the object: what the module writes to is out of reach."""
    kind = type(error)
    return bool(getattr(error, "unavailable", False)) or (kind.__module__, kind.__name__) == ("ldap", "SERVER_DOWN")


def entry_of(wire):
    return {
        name: [
            value.encode("utf-8") if isinstance(value, str) else base64.b64decode(value["base64"]) for value in values
        ]
        for name, values in wire.items()
    }


def load(file, folder, stem):
    sys.path.append(folder)
    sys.dont_write_bytecode = True
    name = stem if stem not in sys.modules else "listener_module_" + stem
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Refused(Exception):
    """It is no handler; the text says why."""


class Module:
    """A module of functions, or one whose class or adapter stands behind them."""

    LIFE = ("initialize", "clean", "prerun", "postrun")

    def __init__(self, module, stem, settings):
        self.module = module
        found = sys.modules.get("univention.listener")
        self.instance = found.instance_of(module, stem) if found else None
        self.handler = getattr(module, "handler", None)
        if self.instance is None and not callable(self.handler):
            raise Refused("it has no function handler() and no class that extends ListenerModuleHandler")
        self.modrdn = bool(getattr(module, "modrdn", False))

    def declaration(self):
        if self.instance is not None:
            said = self.instance.config.reeve_declaration()
            said["functions"] = [name for name in self.LIFE if self.instance.reeve_overrides(name)]
            said["style"] = "objects"
        else:
            said = self._of_globals()
            said["functions"] = [name for name in self.LIFE if callable(getattr(self.module, name, None))]
        said.setdefault("semantics", "model")
        said.setdefault("transitions", "model")
        # Who wants to know when an attribute changes has named it.
        said.setdefault("needs", list(said.get("attributes", [])))
        return said

    def _of_globals(self):
        said = {}
        kinds = {"name": str, "description": str, "filter": str, "attributes": list, "priority": float}
        kinds.update(needs=list, user=str, timeout=float, quiet=float, semantics=str, transitions=str)
        for name, kind in kinds.items():
            value = self.module.__dict__.get(name)
            getter = self.module.__dict__.get("get_" + name)
            if value is None and callable(getter):
                value = getter()
            if value is None:
                continue
            if isinstance(value, str) != (kind is str):
                raise Refused("%s: expected %s, not %r" % (name, kind.__name__, value))
            said[name] = kind(value)
        said["modrdn"] = self.modrdn
        said["handleEveryDelete"] = bool(getattr(self.module, "handle_every_delete", False))
        return said

    def call(self, call):
        new, old = entry_of(call["new"]), entry_of(call["old"])
        if self.instance is not None:
            return self.instance.reeve_call(call["command"], call["dn"], new, old, call.get("oldDn"))
        arguments = (call["dn"], new, old) + ((call["command"],) if self.modrdn else ())
        result = self.handler(*arguments)
        if result is not None:
            raise RuntimeError("handler() returned %r: anything but None means that it failed" % (result,))

    def life(self, name):
        if self.instance is not None:
            self.instance.reeve_life(name)
        else:
            getattr(self.module, name)()


def attempt(listener, identity, function, *arguments):
    try:
        function(*arguments)
    except BaseException as error:  # sys.exit() in a module is its failure, not our end
        sys.stdout.flush()
        text = error_text()
        channel.say(type="failed", id=identity, error=text, unavailable=unavailable(error))
        return False
    finally:
        listener.reeve_reset()
    channel.say(type="done", id=identity)
    return True


def password():
    """Of the directory: only who asks is told."""
    channel.say(type="password")
    return json.loads(source.readline().decode())["bindpw"]


def serve():
    start = json.loads(source.readline().decode())
    import listener

    listener.reeve_start(start, channel, password)
    root = logging.getLogger()
    root.addHandler(Log())
    root.setLevel(logging.INFO)
    logging.getLogger("listener module").setLevel(logging.DEBUG)
    settings = start.get("settings", {})
    stem = os.path.splitext(os.path.basename(start["file"]))[0]
    try:
        if settings.get("user"):
            listener.reeve_user(settings["user"][0])
        code = load(start["file"], start["folder"], stem)
        module = Module(code, stem, settings)
        declaration = module.declaration()
        if declaration.get("user") and not settings.get("user"):
            listener.reeve_user(declaration["user"])
        if "directory" in start and callable(getattr(code, "setdata", None)):
            for key in ("basedn", "binddn", "bindpw", "ldapserver"):
                code.setdata(key, password() if key == "bindpw" else start["directory"][key])
    except Refused as refusal:
        return channel.say(type="refused", reason=str(refusal))
    except BaseException:
        return channel.say(type="refused", reason=error_text())
    finally:
        listener.reeve_reset()
    channel.say(type="ready", declaration=declaration, warnings=listener.reeve_warnings)

    closed = select.poll()
    closed.register(source, getattr(select, "POLLRDHUP", 0x2000))  # hang-up is told without being asked for
    while True:
        line = source.readline()
        if not line:
            return None
        message = json.loads(line.decode())
        if message["type"] == "life":
            attempt(listener, message["id"], module.life, message["function"])
        elif message["type"] == "calls":
            for call in message["calls"]:
                listener.call = {name: call.get(name) for name in ("id", "command", "dn", "oldDn", "uuid", "csn", "at")}
                if not attempt(listener, call["id"], module.call, call) or closed.poll(0):
                    break
            listener.call = None


channel = Channel()
faulthandler.enable()
provide()
serve()
sys.stdout.flush()
