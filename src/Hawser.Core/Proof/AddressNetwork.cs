using System.Globalization;
using System.Net;

namespace Hawser.Proof;

/// <summary>A network of addresses, written as in <c>10.0.0.0/8</c>; an address alone is a network of one.</summary>
internal readonly record struct AddressNetwork
{
    private const int IPv4Start = 96; // ::ffff:0:0/96

    private readonly UInt128 _first;
    private readonly int _bits; // of the IPv6 form

    private AddressNetwork(UInt128 first, int bits) => (_first, _bits) = (first, bits);

    public bool Contains(UInt128 address) => ((address ^ _first) & MaskOf(_bits)) == 0;

    /// <summary>False also where bits beyond the prefix are set: that is a slip, and would trust others than was meant.</summary>
    public static bool TryParse(string text, out AddressNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!TryParseAddress(slash < 0 ? text : text[..slash], out var address)) return false;
        var start = new HostPort(address, 0).IsIPv4 ? IPv4Start : 0;
        var bits = 128 - start;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > 128 - start)) return false;
        if ((address & ~MaskOf(start + bits)) != 0) return false;
        network = new(address, start + bits);
        return true;
    }

    /// <summary>An address in a form that cannot be read in two ways: 010.0.0.1 is 8.0.0.1 to some.</summary>
    public static bool TryParseAddress(string text, out UInt128 address)
    {
        address = default;
        if (text.Length is 0 or > 45 || text.Contains('%', StringComparison.Ordinal) || !IPAddress.TryParse(text, out var parsed)) return false;
        if (!text.Contains(':', StringComparison.Ordinal) && parsed.ToString() != text) return false;
        address = HostPort.From(new(parsed, 0)).Address;
        return true;
    }

    public override string ToString()
    {
        var host = new HostPort(_first, 0);
        return string.Create(CultureInfo.InvariantCulture, $"{host.ToEndPoint().Address}/{_bits - (host.IsIPv4 ? IPv4Start : 0)}");
    }

    private static UInt128 MaskOf(int bits) => bits == 0 ? 0 : UInt128.MaxValue << (128 - bits);
}
