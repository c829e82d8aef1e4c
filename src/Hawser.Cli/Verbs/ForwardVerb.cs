using System.CommandLine;
using System.Globalization;
using Hawser.Net;
using Hawser.Net.Control;
using Hawser.Net.Names;

namespace Hawser.Cli.Verbs;

/// <summary><c>forward</c>: a local port that leads to a service.</summary>
internal static class ForwardVerb
{
    private static readonly Argument<string?> Listen = Verb.Optional("[ADDR:]PORT", "where to listen; 127.0.0.1 unless an address is named");
    private static readonly Argument<string?> Peer = Verb.Optional("PEER/SERVICE", "where it leads");

    public static Verb Create() => new Verb("forward", "a local port that leads to a peer's service, until Ctrl-C",
        "hawser forward 8080 pi/web             # http://127.0.0.1:8080 is pi's web",
        "hawser forward 0.0.0.0:8080 pi/web     # for the whole local network: say so on purpose",
        "hawser forward                         # what is forwarded now").With(Listen, Peer).Does(RunAsync);

    private static async Task RunAsync(VerbCall call)
    {
        if (call.Get(Listen) is not { } typed)
        {
            await call.Table<NoArgs, ForwardReport>("forward list", Needs.Running, new(), "nothing is forwarded",
                ["listens on", "leads to", "open", "so far"], forward => [forward.Listen, forward.Peer, Text(forward.Open), Text(forward.Connections)]);
            return;
        }

        if (call.Get(Peer) is not { } peer)
            throw new HawserException(Reason.Usage, "forward needs to know where the port leads", $"as in: hawser forward {typed} pi/web");
        PeerReference.ParseWithService(peer);
        ForwardReport? last = null;
        await call.Report<ForwardArgs, ForwardReport>("forward", Needs.Node, new(ParseListen(typed), peer), forward =>
        {
            if (last is null) call.Screen.Data($"{forward.Listen} leads to {forward.Peer}");
            if (forward.Trouble is { } trouble) call.Screen.Warn(trouble);
            last = forward;
        });
    }

    /// <summary>Loopback, unless an address was named.</summary>
    public static string ParseListen(string text)
    {
        if (ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return HostAndPort.Join("127.0.0.1", port);
        var (host, named) = HostAndPort.Parse(text);
        return HostAndPort.Join(host == "localhost" ? "127.0.0.1" : host, named);
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
