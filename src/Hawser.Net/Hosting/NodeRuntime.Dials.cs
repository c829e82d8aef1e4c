using System.Collections.Concurrent;
using System.Diagnostics;
using Hawser.Net.Control;
using Hawser.Node;
using Hawser.Session;
using Hawser.Transport;

namespace Hawser.Net.Hosting;

// Dials under way, by the machine's number.
internal sealed partial class NodeRuntime
{
    private readonly ConcurrentDictionary<long, Dialling> _dials = new();

    /// <summary>Reaches a peer: the connection that stands, or a new one.</summary>
    /// <param name="target">Where it may be found.</param>
    /// <param name="progress">Gets each stage when it is over.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<Peer> ConnectAsync(DialTarget target, IProgress<DialReport>? progress, CancellationToken cancel)
    {
        // A ticket has to be shown, whatever stands.
        if (target.Ticket.Length == 0 && Standing(target) is { } standing) return standing;
        var dialling = new Dialling(target, progress);
        var number = Ask((machine, now) => machine.StartDial(now, target, n => _dials[n] = dialling));
        return await FinishAsync(number, dialling, cancel);
    }

    private async Task<Peer> FinishAsync(long number, Dialling dialling, CancellationToken cancel)
    {
        try
        {
            return await dialling.Result.Task.WaitAsync(cancel);
        }
        finally
        {
            if (_dials.TryRemove(number, out _) && !dialling.Result.Task.IsCompletedSuccessfully)
                Tell(number, static (machine, now, n) => machine.CancelDial(now, n));
        }
    }

    // Of several the one that both ends choose: the others fall idle and end.
    private Peer? Standing(DialTarget target)
    {
        (Peer Peer, ConnectionInfo Info)? best = null;
        foreach (var peer in Peers.All)
        {
            if (peer.ChannelKey != target.Key || peer.Closed.IsCompleted || peer.Inspect() is not { } info) continue;
            if (target.Via is not DialVia.Any && info.Route.Kind is RouteKind.Relay != target.Via is DialVia.Relay) continue;
            if (best is not { } other || ChannelChoice.IsBetter(info, other.Info)) best = (peer, info);
        }

        return best?.Peer;
    }

    private void Deal(NodeEvent.DialStaged staged)
    {
        if (_dials.TryGetValue(staged.Number, out var dialling)) dialling.Enter(staged.Stage);
    }

    private void Deal(NodeEvent.DialDone done)
    {
        if (_dials.TryGetValue(done.Number, out var dialling) && !dialling.Target.Id.IsNone)
            _idOf[done.Happened.Connection] = dialling.Target.Id.ToString();
        var peer = Welcome(done.Happened);
        dialling?.Leave($"{Way(done.Happened.Route.Kind)} {done.Happened.Route.Remote}");
        // The peer may have come to us meanwhile. Who asked for one way, or showed a ticket, gets what it asked for.
        dialling?.Result.TrySetResult(dialling.Target is { Ticket.Length: 0, Via: DialVia.Any } target ? Standing(target) ?? peer : peer);
    }

    private void Deal(NodeEvent.DialFailed failed)
    {
        if (_dials.TryGetValue(failed.Number, out var dialling)) dialling.Result.TrySetException(Explain(failed.Reason));
    }

    private static string Way(RouteKind kind) => kind switch { RouteKind.Relay => "relayed by", RouteKind.Line => "direct by TCP,", _ => "direct," };

    private void AbandonDials()
    {
        foreach (var dialling in _dials.Values)
            dialling.Result.TrySetException(new HawserException(Reason.Failed, "the node has stopped"));
    }

    private static HawserException Explain(DialFailure failure) => failure switch
    {
        DialFailure.NowhereToTry => new(Reason.Unreachable, "nothing is known of where this peer may be",
            "ask for its card or ID, or dial HOST:PORT#KEY"),
        DialFailure.NoHub => new(Reason.Unreachable, "none of the peer's hubs answers",
            "see with hawser doctor whether this network lets UDP through; try again later"),
        DialFailure.AbsentOrNotForUs => new(Reason.Unreachable, "the peer is not there, or has not let you in",
            "ask its owner whether hawser up runs there, and for: hawser expose NAME --for YOU"),
        DialFailure.NoPath => new(Reason.Unreachable, "no direct path opened, and no hub relays between you",
            "hawser why PEER says what would help"),
        DialFailure.NotAccepted => new(Reason.Unreachable, "nobody there let us in: the peer is away, or has nothing for you",
            "ask its owner for: hawser expose NAME --for YOU"),
    };

    private sealed class Dialling(DialTarget target, IProgress<DialReport>? progress)
    {
        private long _since = Stopwatch.GetTimestamp();
        private string? _stage;

        public DialTarget Target => target;

        public TaskCompletionSource<Peer> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Enter(DialStage stage)
        {
            Leave(null);
            _stage = stage switch
            {
                DialStage.Calling => "hub",
                DialStage.Introducing => "introduce",
                DialStage.Punching => "punch",
                DialStage.Connecting => "connect",
                DialStage.Relaying => "relay",
            };
        }

        public void Leave(string? detail)
        {
            if (_stage is not null) progress?.Report(new(_stage, Stopwatch.GetElapsedTime(_since).TotalMilliseconds, detail));
            (_stage, _since) = (null, Stopwatch.GetTimestamp());
        }
    }
}
