"""Each form of an address that leads to what is not public, or that readers understand differently, is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camo.addresses import Target, followed, target_of
from camo.refusals import NotShown

BLANKS = "it has blanks or control characters"
BACKSLASH = "it has a backslash"
SCHEME = "it does not begin with http:// or https://"
LOGIN = "it has a login"
NO_HOST = "it has no host"
PORT = "its port is not 80 or 443"
LETTERS = "its host has letters that are not ASCII"
DOT = "its host ends in a dot"
NUMBER = "its host is a number"
NO_NAME = "its host is not a name of the internet"
NO_LITERAL = "its host is not an address of IP"
PRIVATE = "its host is not a public address"

REFUSED = {
    # this machine, and our network
    "http://127.0.0.1/": PRIVATE,
    "http://127.1.2.3/": PRIVATE,
    "http://0.0.0.0/": PRIVATE,
    "http://10.0.0.1/": PRIVATE,
    "http://172.16.0.1/": PRIVATE,
    "http://172.31.255.255/": PRIVATE,
    "http://192.168.1.1/": PRIVATE,
    "http://100.64.0.1/": PRIVATE,
    "http://100.100.100.200/latest/meta-data/": PRIVATE,
    "http://169.254.169.254/latest/meta-data/": PRIVATE,
    "http://168.63.129.16/": PRIVATE,
    "http://192.0.0.192/": PRIVATE,
    "http://198.18.0.1/": PRIVATE,
    "http://203.0.113.1/": PRIVATE,
    "http://224.0.0.1/": PRIVATE,
    "http://255.255.255.255/": PRIVATE,
    "http://240.0.0.1/": PRIVATE,
    # numbers as inet_aton and browsers read them
    "http://2130706433/": NUMBER,
    "http://0x7f000001/": NUMBER,
    "http://0X7F.1/": NUMBER,
    "http://017700000001/": NUMBER,
    "http://127.1/": NUMBER,
    "http://127.0.1/": NUMBER,
    "http://127.0.0.0x1/": NUMBER,
    "http://1.2.3.4.5/": NUMBER,
    "http://images.example.123/": NUMBER,
    "http://0177.0.0.1/": NO_LITERAL,
    "http://127.0.0.01/": NO_LITERAL,
    "http://256.0.0.1/": NO_LITERAL,
    "http://127.0.0.1./": DOT,
    "http://images.example.org./": DOT,
    # IPv6
    "http://[::1]/": PRIVATE,
    "http://[::]/": PRIVATE,
    "http://[0:0:0:0:0:0:0:1]/": PRIVATE,
    "http://[::ffff:127.0.0.1]/": PRIVATE,
    "http://[::ffff:7f00:1]/": PRIVATE,
    "http://[::ffff:93.184.215.14]/": PRIVATE,
    "http://[::127.0.0.1]/": PRIVATE,
    "http://[::ffff:0:127.0.0.1]/": PRIVATE,
    "http://[64:ff9b::7f00:1]/": PRIVATE,
    "http://[64:ff9b:1::a00:1]/": PRIVATE,
    "http://[2002:7f00:1::]/": PRIVATE,
    "http://[2002:a00:1::1]/": PRIVATE,
    "http://[2001:0:7f00:1::1]/": PRIVATE,
    "http://[2606:2800::5efe:7f00:1]/": PRIVATE,
    "http://[2606:2800::200:5efe:a00:1]/": PRIVATE,
    "http://[fc00::1]/": PRIVATE,
    "http://[fd00:ec2::254]/": PRIVATE,
    "http://[fe80::1]/": PRIVATE,
    "http://[fe80::1%25eth0]/": PRIVATE,
    "http://[2606:2800::1%25eth0]/": PRIVATE,
    "http://[fec0::1]/": PRIVATE,
    "http://[ff02::1]/": PRIVATE,
    "http://[2001:db8::1]/": PRIVATE,
    "http://[3fff::1]/": PRIVATE,
    "http://[100::1]/": PRIVATE,
    "http://[5f00::1]/": PRIVATE,
    "http://[::1/": PORT,
    "http://[]/": NO_HOST,
    "http://[v1.fe]/": NO_LITERAL,
    "http://[127.0.0.1]/": NO_LITERAL,
    "http://[::1]x/": PORT,
    "http://::1/": PORT,
    # names of machines and networks
    "http://localhost/": NO_NAME,
    "http://LOCALHOST/": NO_NAME,
    "http://a.localhost/": NO_NAME,
    "http://localhost.localdomain/": NO_NAME,
    "http://metadata/": NO_NAME,
    "http://metadata.google.internal/computeMetadata/v1/": NO_NAME,
    "http://printer.local/": NO_NAME,
    "http://router.home.arpa/": NO_NAME,
    "http://wiki.corp/": NO_NAME,
    "http://hidden.onion/": NO_NAME,
    "http://-images.example.org/": NO_NAME,
    "http://images..example.org/": NO_NAME,
    "http://.example.org/": NO_NAME,
    "http://exa%6Dple.org/": NO_NAME,
    "http://127.0.0.1%2f.example.org/": NO_NAME,
    "http://127.0.0.1%00.example.org/": NO_NAME,
    "http://images.example.org;/": NO_NAME,
    "http://images,example.org/": NO_NAME,
    f"http://{'a.' * 127}org/": NO_NAME,
    "http://*/": NO_NAME,
    # letters that are folded into others
    "http://ⓛocalhost/": LETTERS,
    "http://１２７.0.0.1/": LETTERS,
    "http://127。0。0。1/": LETTERS,
    "http://bücher.example/": LETTERS,
    "http://images.example.org\uff0f127.0.0.1/": LETTERS,
    "http://ⅼocalhost/": LETTERS,
    "http://local\u00adhost/": LETTERS,
    # logins, ports, schemes
    "http://user@images.example.org/": LOGIN,
    "http://user:word@images.example.org/": LOGIN,
    "http://images.example.org@127.0.0.1/": LOGIN,
    "http://127.0.0.1:80@images.example.org/": LOGIN,
    "http://@images.example.org/": LOGIN,
    "http://images.example.org:22/": PORT,
    "http://images.example.org:8080/": PORT,
    "http://images.example.org:/": PORT,
    "http://images.example.org:080/": PORT,
    "http://images.example.org:+80/": PORT,
    "http://images.example.org:80:80/": PORT,
    "http://images.example.org:８０/": PORT,
    "http://images.example.org:65616/": PORT,
    "http:///a.png": NO_HOST,
    "http://": NO_HOST,
    "http://:80/": NO_HOST,
    "http://?a": NO_HOST,
    "http:images.example.org/": SCHEME,
    "http:/images.example.org/": SCHEME,
    "//images.example.org/": SCHEME,
    "/a.png": SCHEME,
    "": SCHEME,
    "ftp://images.example.org/": SCHEME,
    "file:///etc/passwd": SCHEME,
    "gopher://images.example.org/": SCHEME,
    "dict://images.example.org/": SCHEME,
    "data:image/png;base64,AAAA": SCHEME,
    "javascript:alert(1)": SCHEME,
    "jar:http://images.example.org/": SCHEME,
    "unix:/run/socket": SCHEME,
    "httpſ://images.example.org/": SCHEME,
    # what other readers take out, or stop at
    " http://images.example.org/": BLANKS,
    "http://images.example.org/ ": BLANKS,
    "http://images.example.org/a b": BLANKS,
    "http://127.0.0.1\x00.example.org/": BLANKS,
    "http://images.example.org/\x00": BLANKS,
    "http://images.example.org/\r\nHost: other.example.org": BLANKS,
    "http://images.example.org/\nX: y": BLANKS,
    "ht\ntp://images.example.org/": BLANKS,
    "http://127.0.0.1\t.example.org/": BLANKS,
    "http://images.example.org/\x7f": BLANKS,
    "http://images.example.org/\x85": BLANKS,
    "http://images.example.org/\u2028": BLANKS,
    "\ufeffhttp://images.example.org/": BLANKS,
    "http://127.0.0.1\\@images.example.org/": BACKSLASH,
    "http:\\\\127.0.0.1/": BACKSLASH,
    "http://images.example.org\\.example.net/": BACKSLASH,
    "http://images.example.org/" + "a" * 1975: "it is longer than 2000 characters",
}


@pytest.mark.parametrize("address", REFUSED)
def test_an_address_is_refused_for_its_form(address: str):
    with pytest.raises(NotShown) as refusal:
        target_of(address)
    assert (refusal.value.status, refusal.value.text) == (403, f"The address is refused: {REFUSED[address]}.")


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("http://images.example.org", Target("http", "images.example.org", 80, "/")),
        ("HTTPS://Images.Example.ORG/A.png", Target("https", "images.example.org", 443, "/A.png")),
        ("https://images.example.org:443/a", Target("https", "images.example.org", 443, "/a")),
        ("http://images.example.org:443/a", Target("http", "images.example.org", 443, "/a")),
        ("http://h.example?a=1&b=%20#part", Target("http", "h.example", 80, "/?a=1&b=%20")),
        ("http://h.example/ü%c3", Target("http", "h.example", 80, "/%C3%BC%c3")),
        ("http://h.example/a@b:c//../d", Target("http", "h.example", 80, "/a@b:c//../d")),
        ("http://xn--bcher-kva.example/", Target("http", "xn--bcher-kva.example", 80, "/")),
        ("http://under_score.example.org/", Target("http", "under_score.example.org", 80, "/")),
        ("http://93.184.215.14/a", Target("http", "93.184.215.14", 80, "/a")),
        ("http://[2606:2800:0:0::1]/a", Target("http", "2606:2800::1", 80, "/a")),
    ],
)
def test_any_other_address_is_understood(address: str, target: Target):
    assert target_of(address) == target
    assert target_of(target.address) == target


def test_a_host_is_written_as_http_has_it():
    assert target_of("https://[2606:2800::1]:80/").authority == "[2606:2800::1]:80"
    assert target_of("http://h.example:80/").authority == "h.example"


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("b.png", "/a/b.png"),
        ("/b", "/b"),
        ("?c", "/a/x?c"),
        ("../../../b", "/b"),
        ("", "/a/x"),
        ("#d", "/a/x"),
    ],
)
def test_a_redirect_may_be_relative(location: str, path: str):
    assert followed(target_of("https://h.example/a/x"), location) == Target("https", "h.example", 443, path)


@pytest.mark.parametrize("location", ["//127.0.0.1/", "http://127.0.0.1/", "HTTP://127.0.0.1"])
def test_a_redirect_is_checked_as_the_first_address_was(location: str):
    with pytest.raises(NotShown, match="its host is not a public address"):
        followed(target_of("https://h.example/"), location)


@pytest.mark.parametrize("location", ["http://[::1", "a b", "\\\\127.0.0.1", "a\tb", "http://[x]/", "//[/"])
def test_a_redirect_to_what_is_not_an_address_is_refused(location: str):
    with pytest.raises(NotShown) as refusal:
        followed(target_of("https://h.example/"), location)
    assert refusal.value.text == "The address is refused: it is redirected to what is not an address."


@given(st.text(max_size=60), st.sampled_from(["http://", "https://", ""]))
def test_whatever_is_understood_has_one_form_that_any_request_can_carry(text: str, scheme: str):
    text = text.encode("utf-8", "replace").decode()
    try:
        target = target_of(scheme + text)
    except NotShown:
        return
    assert target.path.isascii() and target.path.isprintable() and " " not in target.path
    assert target_of(target.address) == target
