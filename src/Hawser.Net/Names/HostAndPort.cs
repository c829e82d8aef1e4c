using System.Globalization;

namespace Hawser.Net.Names;

/// <summary><c>HOST:PORT</c>, where an IPv6 address stands in brackets.</summary>
internal static class HostAndPort
{
    public static (string Host, ushort Port) Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            throw new HawserException(Reason.Usage, $"{text} is no HOST:PORT", "write it as in 192.0.2.7:80, [2001:db8::7]:80 or example.org:80");
        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']')) host = host[1..^1];
        else if (host.Contains(':'))
            throw new HawserException(Reason.Usage, $"{text} leaves open where the port begins", $"write [{host}]:{text[(colon + 1)..]}");
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
            throw new HawserException(Reason.Usage, $"{host} is neither an address nor a host's name", null);
        return (host, port);
    }

    public static string Join(string host, ushort port) =>
        string.Create(CultureInfo.InvariantCulture, $"{(host.Contains(':') ? $"[{host}]" : host)}:{port}");
}
