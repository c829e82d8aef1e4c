using System.CommandLine;
using System.Globalization;
using Hawser.Net.Control;

namespace Hawser.Cli.Verbs;

/// <summary><c>status</c>: who I am, hubs, peers, paths, what is exposed.</summary>
internal static class StatusVerb
{
    public static readonly Option<bool> Watch = new("--watch", "-w") { Description = "go on, whenever something changes" };

    public static Verb Create() => new Verb("status", "who I am, hubs, peers, paths, what is exposed",
        "hawser status", "hawser status --watch --json   # one object a line, for programs").With(Watch).Does(RunAsync);

    private static Task RunAsync(VerbCall call) => call.Report<WatchArgs, StatusReport>(
        "status", Needs.Store, new(call.Get(Watch)), report => Show(call.Screen, report));

    private static void Show(Screen screen, StatusReport report)
    {
        screen.Fields(
            ("node", report.Online ? $"up, process {report.Pid}, since {Screen.Time(report.Since)}" : "down; start it with: hawser up"),
            ("key", report.ChannelKey),
            ("home", report.Home),
            ("udp port", report.UdpPort?.ToString(CultureInfo.InvariantCulture)),
            ("tcp port", report.TcpPort?.ToString(CultureInfo.InvariantCulture)),
            ("ids", string.Join(", ", report.Ids.Select(id => $"{id.Id ?? "not public yet"} ({id.Stage})"))));
        Section(screen, "hubs", report.Hubs, ["hub", "line", "address", "round trip", "trouble"],
            hub => [hub.Name, hub.Line, hub.Address, Screen.Millis(hub.RttMs), hub.Trouble]);
        Section(screen, "peers", report.Peers, ["peer", "path", "address", "round trip", "in", "out"],
            peer => [peer.Peer, peer.Carrier == "tcp" ? $"{peer.Path} tcp" : peer.Path, peer.Address, Screen.Millis(peer.RttMs), Screen.Size(peer.BytesIn), Screen.Size(peer.BytesOut)]);
        Section(screen, "exposed", report.Exposures, ["service", "leads to", "for"], ExposeVerb.Row);
        Section(screen, "invitations", report.Invitations, InviteVerb.Columns, InviteVerb.Row);
        Section(screen, "turned away", report.Silenced, ["why", "tcp connections"], count => [count.Name.Replace('_', ' '), count.Count.ToString(CultureInfo.InvariantCulture)]);
        Section(screen, "under pressure", report.Pressure, ["address", "failures", "last"],
            pressed => [pressed.Address, pressed.Failures.ToString(CultureInfo.InvariantCulture), Screen.Time(pressed.Last)]);
        Section(screen, "transfers", report.Transfers, ["file", "peer", "size", "moved", "state"],
            file => [file.Name, file.Peer, Screen.Size(file.Size), Screen.Size(file.Moved), file.State]);
    }

    private static void Section<T>(Screen screen, string name, IReadOnlyList<T> items, string[] columns, Func<T, string?[]> row)
    {
        if (items.Count == 0) return;
        Console.Out.WriteLine();
        screen.Heading(name);
        screen.Table(columns, [.. items.Select(row)]);
    }
}
