using System.Diagnostics;
using Hawser.Net.Control;
using Hawser.Net.Names;
using Hawser.Net.Sockets;

namespace Hawser.Net.Hosting;

/// <summary>Sends datagrams to a peer and tells the transport's verdict on each; the demonstration shows them.</summary>
internal sealed class DatagramVerb(NodeHost host)
{
    private const int Size = 1000; // larger than any acknowledgement, so that the simulator can tell them apart
    private const int MaxCount = 1000;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly PeerFinder _finder = new(host.Store, () => host.Online.Directory);

    public static void Register(NodeHost host) => host.Control.Handle("datagrams", new DatagramVerb(host).RunAsync);

    private async Task RunAsync(ControlCall call, CancellationToken cancel)
    {
        var args = call.Args<DatagramsArgs>();
        if (args.Count is < 1 or > MaxCount) throw new HawserException(Reason.Usage, $"{args.Count} datagrams are not 1 to {MaxCount}", null);
        if (args.Drop > 0 && host.Link is null)
            throw new HawserException(Reason.Usage, "this node has no link simulator", "start it with: hawser up --simulate-link");
        var peer = await ReachVerbs.ReachAsync(host, _finder, PeerReference.Parse(args.Peer), null, null, cancel);
        var sent = new Dictionary<ulong, (int Number, long Since)>();
        for (var number = 1; number <= args.Count; number++)
        {
            if (number > 1) await Task.Delay(Between, cancel);
            var since = Stopwatch.GetTimestamp();
            sent[await SendAsync(peer, number, number == args.Drop ? host.Link : null, cancel)] = (number, since);
        }

        foreach (var verdict in await VerdictsAsync(peer, sent, cancel)) await call.WriteAsync(verdict, cancel);
    }

    private static async Task<ulong> SendAsync(Peer peer, int number, LinkSimulator? loser, CancellationToken cancel)
    {
        var datagram = new byte[Size];
        datagram[0] = (byte)number;
        var before = loser?.Dropped;
        loser?.DropNext(1, Size);
        var sequence = await peer.SendAsync(datagram, cancel);
        while (loser is not null && loser.Dropped == before) await Task.Delay(1, cancel); // lest the next one be taken for it
        return sequence;
    }

    // One for each, by number; null where none came.
    private static async Task<IEnumerable<DatagramReport>> VerdictsAsync(
        Peer peer, Dictionary<ulong, (int Number, long Since)> sent, CancellationToken cancel)
    {
        var reports = sent.Values.ToDictionary(one => one.Number, one => new DatagramReport(one.Number, null, 0));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            while (sent.Count > 0)
            {
                var verdict = await peer.Deliveries.ReadAsync(patience.Token);
                if (!sent.Remove(verdict.Sequence, out var one)) continue;
                reports[one.Number] = new(one.Number, verdict.Delivered, Stopwatch.GetElapsedTime(one.Since).TotalMilliseconds);
            }
        }
        catch (Exception e) when (e is System.Threading.Channels.ChannelClosedException || !cancel.IsCancellationRequested && e is OperationCanceledException)
        {
            // Said by the nulls.
        }

        return reports.OrderBy(pair => pair.Key).Select(pair => pair.Value);
    }
}
