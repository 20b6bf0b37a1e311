"""The module `univention.listener`: handlers as classes."""
import importlib.util
import logging
import sys
from contextlib import contextmanager

import listener

METADATA = frozenset(
    "createTimestamp creatorsName entryCSN entryDN entryUUID hasSubordinates modifiersName modifyTimestamp"
    " numSubordinates structuralObjectClass subschemaSubentry".lower().split()
)
ADMIN = importlib.util.find_spec("univention.admin") is not None
INACTIVE = "(objectClass=listenerModuleDeactivated)"


class ListenerModuleConfigurationError(Exception):
    pass


class ListenerModuleRuntimeError(Exception):
    pass


class ListenerModuleSetupError(Exception):
    pass


def get_logger(name, path=None):
    """A logger whose lines are in Reeve's log."""
    return logging.getLogger("listener module").getChild(str(name))


get_listener_logger = get_logger


class ListenerModuleConfiguration(object):
    """What a handler is called for. Each property has a method that may be overridden."""

    name = None
    description = None
    ldap_filter = None
    attributes = ()
    priority = None
    listener_module_class = None

    def __init__(self, *arguments, **named):
        for key, value in named.items():
            setattr(self, key, value)
        self.ucr = listener.configRegistry

    def get_name(self):
        return self.name

    def get_description(self):
        return self.description

    def get_ldap_filter(self):
        return self.ldap_filter

    def get_attributes(self):
        return list(self.attributes or ())

    def get_priority(self):
        return self.priority

    def get_listener_module_class(self):
        return self.listener_module_class

    def get_listener_module_instance(self, *arguments, **named):
        return self.get_listener_module_class()(self, *arguments, **named)

    def get_active(self):
        return not self.ucr.is_true("listener/module/%s/deactivate" % self.get_name(), False)

    def get_configuration(self):
        return {key: getattr(self, "get_" + key)() for key in self.get_configuration_keys()}

    @classmethod
    def get_configuration_keys(cls):
        return ["attributes", "description", "ldap_filter", "listener_module_class", "name", "priority"]

    def reeve_declaration(self):
        description, condition = self.get_description(), self.get_ldap_filter()
        for key, value in (("description", description), ("ldap_filter", condition)):
            if not isinstance(value, str) or not value:
                raise ListenerModuleConfigurationError("Configuration.%s: wanted: a text, not %r" % (key, value))
        said = {
            "name": self.get_name(),
            "description": description,
            "filter": condition if self.get_active() else INACTIVE,
            "attributes": list(self.get_attributes() or ()),
            "handleEveryDelete": bool(getattr(self, "handle_every_delete", False)),
        }
        if self.get_priority() is not None:
            said["priority"] = float(self.get_priority())
        for key in ("needs", "user", "timeout", "quiet", "transitions", "semantics"):
            if getattr(self, key, None) is not None:
                said[key] = getattr(self, key)
        return said


class ListenerModuleHandler(object):
    """Base of a handler: override create, modify and remove, and give it an inner class Configuration."""

    class Configuration(ListenerModuleConfiguration):
        pass

    config = None
    _support_async = False

    def __init__(self, *arguments, **named):
        # `config` stands on the class already: modules are known to hand on other things here.
        if self.config is None:
            self.config = arguments[0]
        self.logger = get_logger(self.config.get_name())
        self.ucr = listener.configRegistry
        self._ldap = None

    def __repr__(self):
        return "%s(%s)" % (type(self).__name__, self.config.get_name())

    def create(self, dn, new):
        pass

    def modify(self, dn, old, new, old_dn):
        pass

    def remove(self, dn, old):
        pass

    def initialize(self):
        pass

    def clean(self):
        pass

    def pre_run(self):
        pass

    def post_run(self):
        pass

    @staticmethod
    @contextmanager
    def as_root():
        """With root's rights for a while."""
        with listener.SetUID(0):
            yield

    @classmethod
    def diff(cls, old, new, keys=None, ignore_metadata=True):
        """Attributes whose values differ, order aside: name to (before, now); None for an absent side."""
        found = {}
        for key in set(old) | set(new) if keys is None else keys:
            if keys is None and ignore_metadata and key.split(";")[0].lower() in METADATA:
                continue
            if sorted(old.get(key) or ()) != sorted(new.get(key) or ()):
                found[key] = (old.get(key), new.get(key))
        return found

    def error_handler(self, dn, old, new, command, exc_type, exc_value, exc_traceback):
        """What create, modify or remove threw. Returning means: dealt with."""
        self.logger.error("%s: dn=%r command=%r: %s", self.config.get_name(), dn, command, exc_value)
        raise exc_value.with_traceback(exc_traceback)

    @property
    def lo(self):
        """A connection to the directory (univention.uldap)."""
        return self._connected()[0]

    @property
    def po(self):
        """The position of its base."""
        return self._connected()[1]

    def _connected(self):
        if self._ldap is None:
            try:
                from univention.admin.uldap import access, position
            except ImportError:
                raise ListenerModuleRuntimeError(
                    "lo and po want Univention's Python packages (univention.admin.uldap), which are not installed here:"
                    " connect with python-ldap; setdata() says where to"
                ) from None
            told = self._ldap_credentials
            if not told or not told["binddn"]:
                raise ListenerModuleRuntimeError("lo and po want a listener that binds with a DN and a password")
            self._ldap = (access(**told), position(told["base"]))
        return self._ldap

    @property
    def _ldap_credentials(self):
        told = listener._directory
        names = {"host": "ldapserver", "base": "basedn", "binddn": "binddn"}
        return dict(((name, told[key]) for name, key in names.items()), bindpw=listener._password()) if told else None

    @classmethod
    def _get_configuration(cls):
        return cls.config

    def reeve_call(self, command, dn, new, old, old_dn):
        try:
            if command in ("n", "a"):
                self.create(dn, new)
            elif command == "m":
                self.modify(dn, old, new, old_dn)
            else:
                self.remove(dn, old)
        except Exception:
            self.error_handler(dn, old, new, command, *sys.exc_info())

    _life = {"initialize": "initialize", "clean": "clean", "prerun": "pre_run", "postrun": "post_run"}

    def reeve_life(self, name):
        getattr(self, self._life[name])()
        if name == "postrun":
            self._ldap = None

    def reeve_overrides(self, name):
        method = self._life[name]
        if name == "postrun" and ADMIN:
            return True  # lo and po end there
        return getattr(type(self), method) is not getattr(ListenerModuleHandler, method)


class ListenerModuleAdapter(object):
    """`globals().update(ListenerModuleAdapter(MyConfiguration()).get_globals())` in a module."""

    def __init__(self, module_configuration, *arguments, **named):
        self.config = module_configuration
        self._instance = None

    def reeve_instance(self):
        if self._instance is None:
            self._instance = self.config.get_listener_module_instance()
        return self._instance

    def get_globals(self):
        return {"reeve_adapter": self, "name": self.config.get_name(), "description": self.config.get_description()}


def _configuration(cls, stem):
    given = cls.Configuration
    if issubclass(given, ListenerModuleConfiguration):
        config = given()
    else:
        # A plain class: what it has takes the place of the properties and methods.
        config = type("Configuration", (given, ListenerModuleConfiguration), {})()
    if config.name is not None and config.name != stem:
        listener.reeve_warnings.append("its name is %s, as its file says; not %s" % (stem, config.name))
    # The model's rule, and what its state files are named by.
    config.name = stem
    config.listener_module_class = cls
    cls.config = config
    return config


def instance_of(module, stem):
    """The handler that a module's class or adapter makes; None where it has neither."""
    adapter = getattr(module, "reeve_adapter", None)
    if adapter is not None:
        if adapter.config.get_name() is None:
            adapter.config.name = stem
        return adapter.reeve_instance()
    classes = [
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, ListenerModuleHandler) and one.__module__ == module.__name__
    ]
    own = [one for one in classes if one.Configuration is not ListenerModuleHandler.Configuration]
    if not own:
        return None
    return _configuration(own[-1], stem).get_listener_module_instance()
