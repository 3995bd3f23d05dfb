"""Names of private executions: whose they are, `_-`, and the key, in Velocity.

Of the caller, letters, digits and `-` stay as they are, and each other byte becomes `_` and two
digits. So `_-` is in no caller, and no caller's names begin as another's do.
"""

from stepgate.authorization import Iam
from stepgate.http.authorization import authorization_of, has_json_claims, identity_reference
from stepgate.route import Route

SEPARATOR = "_-"

MAX_NAME = 80
"""https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html"""

# What `urlEncode` leaves as it is, or writes in a way of its own; `%` comes last.
_ENCODED = {"_": "_5F", "[.]": "_2E", "[*]": "_2A", "~": "_7E", "[+]": "_20", "%": "_"}


def read_owner(route: Route) -> str:
    """Sets `$owner` to the caller as a part of a name; it is empty if nothing says who calls."""
    authorization = authorization_of(route)
    lines = [f'#set($owner = "{identity_reference(authorization)}")']
    if has_json_claims(authorization):
        # A text in quotes, or who calls would be the same for 42 and "42".
        lines.append("""#if(!$owner.matches('".*"'))#set($owner = "")#end""")
        lines.append("""#set($owner = $owner.replaceAll('^"|"$', ''))""")
    if isinstance(authorization, Iam):
        # AROA…:session, whose second part the caller that assumes the role may choose, and a new
        # process of the same app has another.
        lines.append("#set($owner = $owner.replaceAll(':.*', ''))")
    encoded = "".join(f".replaceAll('{find}', '{to}')" for find, to in _ENCODED.items())
    return "\n".join([*lines, f"#set($owner = $util.urlEncode($owner){encoded})"])


def key_of(name: str) -> str:
    """The key in a name: what follows the caller."""
    return f"{name}.replaceAll('^.*?{SEPARATOR}', '')"
