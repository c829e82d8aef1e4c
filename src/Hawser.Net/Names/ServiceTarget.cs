namespace Hawser.Net.Names;

/// <summary><c>TARGET</c>: what an exposed service leads to. cli.md §1.</summary>
internal abstract record ServiceTarget
{
    private ServiceTarget()
    {
    }

    public static ServiceTarget Parse(string text)
    {
        if (text == "stdio") return new Stdio();
        var colon = text.IndexOf(':');
        var (kind, rest) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        switch (kind)
        {
            case "tcp" or "udp":
                var (host, port) = HostAndPort.Parse(rest);
                if (port == 0) throw new HawserException(Reason.Usage, $"{text} has no port", "name one from 1 to 65535");
                return kind == "tcp" ? new Tcp(host, port) : new Udp(host, port);
            case "unix" when Path.IsPathFullyQualified(rest):
                return new Unix(rest);
            case "unix":
                throw new HawserException(Reason.Usage, $"{text} has no full path", $"write unix:{Path.GetFullPath(rest.Length == 0 ? "x" : rest)}");
            default:
                throw new HawserException(Reason.Usage, $"{text} is no target", "write tcp:HOST:PORT, udp:HOST:PORT, unix:PATH or stdio");
        }
    }

    public sealed record Tcp(string Host, ushort Port) : ServiceTarget
    {
        public override string ToString() => "tcp:" + HostAndPort.Join(Host, Port);
    }

    public sealed record Udp(string Host, ushort Port) : ServiceTarget
    {
        public override string ToString() => "udp:" + HostAndPort.Join(Host, Port);
    }

    public sealed record Unix(string Path) : ServiceTarget
    {
        public override string ToString() => "unix:" + Path;
    }

    /// <summary>The input and output of the process that exposes it.</summary>
    public sealed record Stdio : ServiceTarget
    {
        public override string ToString() => "stdio";
    }
}
