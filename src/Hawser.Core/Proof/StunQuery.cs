namespace Hawser.Proof;

/// <summary>What a client asks of a Binding server.</summary>
/// <param name="Change">From which place it wants the answer.</param>
/// <param name="ResponsePort">To which port; 0: where it asked from.</param>
/// <param name="Cookie">What the server showed before; 0: it is to show it; null: no matter.</param>
internal readonly record struct StunAsk(StunChange Change = StunChange.None, ushort ResponsePort = 0, ulong? Cookie = null);

/// <summary>How often a client asks, and how long it waits.</summary>
/// <param name="First">Until it asks a second time; then twice as long each time.</param>
/// <param name="Sends">How often it asks.</param>
/// <param name="Last">How long it waits after the last, in units of the first wait.</param>
internal readonly record struct StunPatience(TimeSpan First, int Sends, int Last)
{
    /// <summary>RFC 8489 §6.2.1: 39.5 s in all.</summary>
    public static readonly StunPatience Standard = new(TimeSpan.FromMilliseconds(500), 7, 16);

    /// <summary>For people who wait: 2.75 s in all.</summary>
    public static readonly StunPatience Short = new(TimeSpan.FromMilliseconds(250), 4, 4);
}

/// <summary>One Binding transaction of a client. Spec: stun.md §5.2.</summary>
internal sealed class StunQuery
{
    public enum State
    {
        Asking,
        Answered,

        /// <summary>The server said no: it is older than what was asked.</summary>
        Refused,
        TimedOut,
    }

    private const int Length = 100; // stun.md §6: no fuller answer is longer
    private readonly byte[] _request;
    private readonly StunPatience _patience;
    private int _sent;
    private bool _due = true;
    private Instant _next;

    public StunQuery(Instant now, IEntropy entropy, HostPort to, StunAsk ask, StunPatience patience)
    {
        (To, Ask, _patience, _next) = (to, ask, patience, now);
        Id = StunId.Draw(entropy);
        _request = Make(Id, ask);
    }

    public HostPort To { get; }

    public StunAsk Ask { get; }

    public StunId Id { get; }

    public State Now { get; private set; }

    /// <summary>What came back, and from where.</summary>
    public StunMessage Answer { get; private set; }

    public HostPort AnsweredBy { get; private set; }

    /// <summary>How often it was sent.</summary>
    public int Sent => _sent;

    public Instant NextWakeup => Now is State.Asking ? _next : Instant.Never;

    /// <summary>The request: padded with its own name, so that no answer need be longer than it.</summary>
    public static byte[] Make(StunId id, StunAsk ask)
    {
        var bytes = new byte[Length];
        var writer = new StunWriter(bytes, StunKind.Request, id);
        if (ask.Change is not StunChange.None) writer.WriteChange(ask.Change);
        if (ask.ResponsePort != 0) writer.WriteResponsePort(ask.ResponsePort);
        if (ask.Cookie is { } cookie) writer.WriteCookie(cookie);
        var name = new byte[Length - writer.Written - 4 - 8];
        name.AsSpan().Fill((byte)' ');
        "hawser"u8.CopyTo(name);
        writer.WriteBytes(StunAttribute.Software, name);
        writer.WriteFingerprint();
        return bytes;
    }

    public void Tick(Instant now)
    {
        if (Now is not State.Asking || now < _next || _due) return;
        if (_sent == _patience.Sends) Now = State.TimedOut;
        else _due = true;
    }

    public bool TryTransmit(Instant now, Span<byte> buffer, out int length)
    {
        length = 0;
        if (Now is not State.Asking || !_due) return false;
        _due = false;
        _sent++;
        _next = now + _patience.First * (_sent == _patience.Sends ? _patience.Last : 1 << (_sent - 1));
        _request.CopyTo(buffer);
        length = _request.Length;
        return true;
    }

    /// <summary>Takes a datagram; true if it was the answer to this.</summary>
    public bool TryTake(in HostPort from, in StunMessage message)
    {
        if (Now is not State.Asking || message.Id != Id || message.Kind is not (StunKind.Success or StunKind.Error)) return false;
        // Only who was asked to answer from elsewhere may do so.
        if (Ask.Change is StunChange.None && from != To) return false;
        if (message.Kind is StunKind.Success && (message.Mapped is null || message.UnknownCount > 0)) return false;
        (Answer, AnsweredBy) = (message, from);
        Now = message.Kind is StunKind.Success ? State.Answered : State.Refused;
        return true;
    }
}
