"""Publicity: is an address of IP one that the whole internet reaches in the same way?

The tables are our own, since `ipaddress` says other things of some networks in each release of Python. They hold IANA's
registries of special purposes, and what carries an address within an address: a router near us might take that out.

Sources: the IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890, 4291, 6052, 8215, 3056, 4380, 5214, 7526.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network; 0.0.0.0 connects to this machine
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # between a provider and its customers; metadata of Alibaba's cloud
        "127.0.0.0/8",  # this machine
        "168.63.129.16/32",  # each machine's host in Azure
        "169.254.0.0/16",  # this link; metadata of clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocols; metadata of Oracle's cloud
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # relays of 6to4
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Only what IANA hands out. Mapped, compatible, NAT64, unique local, link and site local, multicast lie outside of it.
GLOBAL_6 = IPv6Network("2000::/3")
NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols: Teredo, ORCHID, benchmarks
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
ISATAP = (0x00005EFE, 0x02005EFE)  # the upper half of an interface's number, before an address of IPv4


def is_public(text: str, refused: tuple[IPv4Network | IPv6Network, ...] = ()) -> bool:
    """Tell whether an address is public, and in none of the networks that are refused besides."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if any(address in network for network in refused):
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_4)
    return _is_public_6(address)


def neighbours(text: str) -> str:
    """Return the network in which one owner has many addresses: what is counted as one host."""
    address = ip_address(text)
    return str(ip_network((address, 64 if address.version == 6 else 32), strict=False))


def _is_public_6(address: IPv6Address) -> bool:
    if address.scope_id or address not in GLOBAL_6 or any(address in network for network in NOT_PUBLIC_6):
        return False
    return (int(address) >> 32) & 0xFFFFFFFF not in ISATAP
