using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Rendezvous;

/// <summary>
/// The hub's end of all lines: who is present, and introductions between lines. What it passes on is sealed to the
/// node that it is for; it learns which line asked for which key, and nothing else. Spec: rendezvous.md §5.
/// </summary>
internal sealed partial class Switchboard(Bytes32 genesis, DhPublicKey hubKey, IEntropy entropy, Relay? relay = null, LineProver? prover = null)
    : IMachine<SwitchboardEvent>
{
    public const int MaxOutstandingPerLine = 8; // rendezvous.md §6
    public const int MaxOutstanding = 4_096;
    public const int MaxQueued = 64;
    public const int RequestsPerMinute = 20;
    public const int CallsPerMinute = 60;
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private readonly Dictionary<LineId, Line> _lines = [];
    private readonly Dictionary<DhPublicKey, Line> _present = [];
    private readonly Queue<(Line Line, byte[] Message)> _outbox = new();
    private readonly Queue<SwitchboardEvent> _events = new();

    /// <summary>Nodes that are present.</summary>
    public int Present => _present.Count;

    public int Lines => _lines.Count;

    /// <summary>Messages that were malformed, out of place, or above a limit.</summary>
    public long Dropped { get; private set; }

    public Instant NextWakeup => Instant.Earlier(_patience.TryPeek(out var oldest) ? oldest.Due : Instant.Never, NextProof);

    /// <summary>A connection with a node is up. It may ask for introductions; it is present once it has said hello.</summary>
    /// <param name="now">Now.</param>
    /// <param name="line">The shell's number.</param>
    /// <param name="member">The channel key that the handshake proved.</param>
    /// <param name="observed">Where its packets come from: proved by the return path of the handshake.</param>
    /// <param name="binding">The connection's exporter secret.</param>
    /// <param name="isStream">No datagrams come from there: what is relayed goes over the channel itself.</param>
    public void Opened(Moment now, LineId line, in DhPublicKey member, in HostPort observed, in Bytes32 binding, bool isStream = false)
    {
        var opened = new Line(line, new(genesis, hubKey, member, binding), observed, now.Mono) { IsStream = isStream };
        _lines.Add(line, opened);
        Say(opened, new LineMessage.Observed(observed));
        AskForProof(opened);
    }

    /// <summary>The connection has moved to another address, and path validation has proved it.</summary>
    public void Moved(Moment now, LineId line, in HostPort observed)
    {
        if (!_lines.TryGetValue(line, out var moved) || moved.Observed == observed) return;
        moved.Observed = observed;
        relay?.Moved(line, observed);
        Say(moved, new LineMessage.Observed(observed));
        moved.ProvenUntil = default;
        AskForProof(moved);
    }

    public void Closed(Moment now, LineId line)
    {
        if (!_lines.Remove(line, out var closed)) return;
        closed.State = LineState.Gone;
        relay?.Closed(line);
        if (_present.TryGetValue(closed.Member, out var present) && present == closed) _present.Remove(closed.Member);
    }

    /// <summary>Whether the key of a <see cref="SwitchboardEvent.SignOnWanted"/> has signed on here.</summary>
    public void Admit(Moment now, LineId line, bool signedOn)
    {
        if (!_lines.TryGetValue(line, out var waiting) || waiting.State is not LineState.Greeting) return;
        if (!signedOn) { Dismiss(waiting, LineVerdict.NotSignedOn); return; }
        if (_present.TryGetValue(waiting.Member, out var other) && other != waiting)
        {
            // Two nodes with one identity: the one that booted last is meant; the other stops and says why.
            if (other.Boot > waiting.Boot) { Dismiss(waiting, LineVerdict.Superseded); return; }
            Dismiss(other, LineVerdict.Superseded);
            // After a restore that is news, as the other may live on; a node that was only started again knows itself.
            if (other.Boot >> 32 != waiting.Boot >> 32) Say(waiting, new LineMessage.Displaced(other.Boot));
        }

        waiting.State = LineState.Present;
        _present[waiting.Member] = waiting;
        Say(waiting, new LineMessage.Welcome(waiting.Boot));
        _events.Enqueue(new SwitchboardEvent.Arrived(line, waiting.Member, waiting.Observed));
    }

    /// <summary>Takes one frame of a line's control stream.</summary>
    public void Receive(Moment now, LineId line, ReadOnlySpan<byte> frame)
    {
        if (!_lines.TryGetValue(line, out var from) || !LineMessage.TryRead(frame, out var message))
        {
            Dropped++;
            return;
        }

        switch (message)
        {
            case LineMessage.Hello hello: Receive(from, hello); break;
            case LineMessage.KeepAlive alive: Say(from, alive); break;
            case LineMessage.Request request: Receive(now, from, request); break;
            case LineMessage.AddressReply answer: Receive(now, from, answer.Proof); break;
            case LineMessage.Reply reply: Receive(now, from, reply); break;
            default: Dropped++; break; // a hub's own
        }
    }

    public bool TryTransmit(Span<byte> buffer, out LineId line, out int length)
    {
        while (_outbox.TryDequeue(out var next))
        {
            next.Line.Queued--;
            if (next.Line.State is LineState.Gone) continue;
            next.Message.CopyTo(buffer);
            (line, length) = (next.Line.Id, next.Message.Length);
            return true;
        }

        (line, length) = (default, 0);
        return false;
    }

    public bool TryTake([NotNullWhen(true)] out SwitchboardEvent? happened) => _events.TryDequeue(out happened);

    private void Receive(Line line, LineMessage.Hello hello)
    {
        if (line.State is not LineState.Guest) { Dropped++; return; }
        if (!line.Identity.Verify(hello)) { Dismiss(line, LineVerdict.NotSignedOn); return; }
        (line.State, line.Boot) = (LineState.Greeting, hello.Boot);
        _events.Enqueue(new SwitchboardEvent.SignOnWanted(line.Id, hello.SignOn, line.Member));
    }

    private void Dismiss(Line line, LineVerdict verdict)
    {
        line.State = LineState.Dismissed;
        if (_present.TryGetValue(line.Member, out var present) && present == line) _present.Remove(line.Member);
        Say(line, new LineMessage.Goodbye(verdict));
        _events.Enqueue(new SwitchboardEvent.Dismissed(line.Id, verdict));
    }

    private void Say(Line line, LineMessage message)
    {
        if (line.Queued >= MaxQueued) { Dropped++; return; } // it does not read what it asked for
        line.Queued++;
        _outbox.Enqueue((line, message.ToArray()));
    }

    private sealed class Line(LineId id, LineIdentity identity, HostPort observed, Instant now)
    {
        public LineId Id => id;

        public LineIdentity Identity => identity;

        public DhPublicKey Member => identity.Member;

        public HostPort Observed { get; set; } = observed;

        public bool IsStream { get; init; }

        /// <summary>Where the relay finds it.</summary>
        public RelayEnd RelayEnd => IsStream ? RelayEnd.Over(id) : RelayEnd.At(Observed);

        public LineState State { get; set; } = LineState.Guest;

        public ulong Boot { get; set; }

        public int Queued { get; set; }

        public int Outstanding { get; set; }

        /// <summary>What it is to answer; default: nothing.</summary>
        public StunId Challenge { get; set; }

        /// <summary>Until when its address is proved.</summary>
        public Instant ProvenUntil { get; set; }

        /// <summary>What it asked for before that.</summary>
        public List<(Asked Asked, LineMessage.Request Request)> Waiting { get; } = [];

        public Rate Requests { get; } = new(RequestsPerMinute, now);

        public Rate Calls { get; } = new(CallsPerMinute, now);
    }
}

/// <summary>How far a line has come at its hub. A guest may ask to be introduced, and is itself not present.</summary>
internal enum LineState { Guest, Greeting, Present, Dismissed, Gone }
