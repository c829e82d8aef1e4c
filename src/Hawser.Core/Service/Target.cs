using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hawser.Service;

/// <summary>What stands behind an exposed name.</summary>
internal abstract record Target
{
    private const int MaxUnixPath = 107; // bytes of sun_path without the NUL

    private static readonly SearchValues<char> NotInHost = SearchValues.Create(":[]/@ ");

    private Target() { }

    /// <summary>A TCP port of this machine or one it reaches.</summary>
    internal sealed record Tcp(string Host, ushort Port) : Target
    {
        public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
            ? string.Create(CultureInfo.InvariantCulture, $"tcp:[{Host}]:{Port}")
            : string.Create(CultureInfo.InvariantCulture, $"tcp:{Host}:{Port}");
    }

    /// <summary>A UNIX-domain socket.</summary>
    internal sealed record Unix(string Path) : Target
    {
        public override string ToString() => $"unix:{Path}";
    }

    /// <summary>The standard input and output of the process that exposes it: one caller at a time.</summary>
    internal sealed record Stdio : Target
    {
        public override string ToString() => "stdio";
    }

    /// <summary>The service of its own name that the node itself offers: echo, file.</summary>
    internal sealed record BuiltIn : Target
    {
        public override string ToString() => "builtin";
    }

    /// <summary>Reads <c>tcp:HOST:PORT</c>, <c>unix:PATH</c>, <c>stdio</c> or <c>builtin</c>.</summary>
    public static bool TryParse(string text, out Target? target)
    {
        target = text switch
        {
            "stdio" => new Stdio(),
            "builtin" => new BuiltIn(),
            _ when text.StartsWith("tcp:", StringComparison.Ordinal) => ParseTcp(text.AsSpan(4)),
            _ when text.StartsWith("unix:", StringComparison.Ordinal) => ParseUnix(text[5..]),
            _ => null,
        };
        return target is not null;
    }

    private static Tcp? ParseTcp(ReadOnlySpan<char> text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            || port == 0) return null;
        var host = text[..colon];
        if (host is ['[', .. var inner, ']']) return inner.Contains(':') ? new(inner.ToString(), port) : null;
        return host.ContainsAny(NotInHost) ? null : new(host.ToString(), port);
    }

    private static Unix? ParseUnix(string path) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal)
        && Encoding.UTF8.GetByteCount(path) <= MaxUnixPath ? new(path) : null;
}
