"""python-ldap's syncrepl, once through a directory, with nothing done and nothing kept of what comes."""

import sys

import ldap
from ldap.ldapobject import SimpleLDAPObject
from ldap.syncrepl import SyncreplConsumer

uri, base, binddn, passfile, expected = sys.argv[1:]


class Consumer(SimpleLDAPObject, SyncreplConsumer):
    count = 0

    def syncrepl_get_cookie(self):
        return None

    def syncrepl_set_cookie(self, cookie):
        pass

    def syncrepl_present(self, uuids, refreshDeletes=False):
        pass

    def syncrepl_delete(self, uuids):
        pass

    def syncrepl_refreshdone(self):
        pass

    def syncrepl_entry(self, dn, attributes, uuid):
        self.count += 1


consumer = Consumer(uri)
consumer.simple_bind_s(binddn, open(passfile).read())
search = consumer.syncrepl_search(base, ldap.SCOPE_SUBTREE, mode="refreshOnly", attrlist=["*", "+"])
while consumer.syncrepl_poll(all=1, msgid=search):
    pass
if consumer.count != int(expected):
    sys.exit(f"{consumer.count} entries, not {expected}")
