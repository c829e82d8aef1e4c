using System.Net;

namespace Hawser.Hub.Http;

/// <summary>What requests are counted by: the /24 of an IPv4 address, the /48 of an IPv6 one.</summary>
internal readonly record struct AddressPrefix(UInt128 Bits)
{
    private const int IPv4Rest = 8, IPv6Rest = 80; // hub-http.md §6

    public static AddressPrefix Of(in HostPort address)
    {
        var rest = address.IsIPv4 ? IPv4Rest : IPv6Rest;
        return new(address.Address >> rest << rest);
    }

    /// <summary>
    /// Who asks. A proxy on this machine says so in the last entry of X-Forwarded-For, which it adds itself; from
    /// anybody else that header means nothing.
    /// </summary>
    public static AddressPrefix Of(IPAddress? remote, string? forwardedFor) => Of(HostPort.From(new(Seen(remote, forwardedFor), 0)));

    private static IPAddress Seen(IPAddress? remote, string? forwardedFor)
    {
        var seen = remote ?? IPAddress.IPv6None;
        if (IPAddress.IsLoopback(seen) && forwardedFor is { Length: > 0 and < 1_024 }
            && IPAddress.TryParse(forwardedFor.AsSpan(forwardedFor.LastIndexOf(',') + 1).Trim(), out var client)) seen = client;
        return seen;
    }

    /// <summary>As it stands in the store.</summary>
    public override string ToString() => new HostPort(Bits, 0).ToEndPoint().Address.ToString();
}
