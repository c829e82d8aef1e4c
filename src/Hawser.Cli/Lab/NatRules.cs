namespace Hawser.Cli.Lab;

/// <summary>The NATs of the lab, in the words that users know (RFC 3489; RFC 4787 has the exact ones).</summary>
internal enum NatKind
{
    /// <summary>One outside port for all; anyone may send to it.</summary>
    FullCone,

    /// <summary>One outside port for all; only who was sent to, from that port, may answer. Most homes.</summary>
    PortRestrictedCone,

    /// <summary>Another outside port for every destination. Mobile and carrier networks.</summary>
    Symmetric,

    /// <summary>As port-restricted for TCP; UDP does not pass.</summary>
    UdpBlocked,
}

/// <summary>What nftables makes each kind of NAT of; the box has the interfaces wan and lan.</summary>
internal static class NatRules
{
    /// <param name="kind">Which.</param>
    /// <param name="outside">The box's public address.</param>
    /// <param name="inside">The address of its one host.</param>
    public static string For(NatKind kind, string outside, string inside) => $$"""
        table ip nat {
          chain pre { type nat hook prerouting priority -100; {{(kind is NatKind.FullCone ? $"iifname wan udp dport 1024-65535 dnat to {inside}" : "")}}
          }
          chain post { type nat hook postrouting priority 100;
            oifname wan {{Source(kind, outside)}}
          }
        }
        table ip filter {
          # Without this drop, an early packet of the peer takes the port that the host's own first packet is to leave from.
          chain in { type filter hook input priority 0;
            iifname wan ct state new drop
          }
          chain through { type filter hook forward priority 0; {{(kind is NatKind.UdpBlocked ? "ip protocol udp drop" : "")}}
            {{(kind is NatKind.FullCone ? "" : "iifname wan ct state new drop")}}
          }
        }
        """;

    private static string Source(NatKind kind, string outside) => kind switch
    {
        NatKind.FullCone => $"snat to {outside}",
        NatKind.PortRestrictedCone or NatKind.UdpBlocked => "masquerade",
        NatKind.Symmetric => "masquerade fully-random",
    };
}
