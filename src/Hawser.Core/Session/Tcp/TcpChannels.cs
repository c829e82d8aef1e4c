using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

/// <summary>
/// All channels over TCP of one node or hub, those that it asked for and those that ask. The shell opens and ends TCP
/// connections by its orders and brings it their bytes. Spec: session.md.
/// </summary>
internal sealed partial class TcpChannels : IMachine<EndpointEvent>, IChannels
{
    /// <summary>Its connections are told from those of datagrams by their numbers.</summary>
    private const ulong FirstId = 1UL << 63;

    private readonly Dictionary<LineId, TcpLine> _lines = [];
    private readonly Dictionary<ConnectionId, TcpLine> _byId = [];
    private readonly Queue<TcpLine> _ready = new();
    private readonly Queue<TcpOrder> _orders = new();
    private readonly Queue<TcpNote> _notes = new();
    private readonly PriorityQueue<TcpLine, Instant> _alarms = new();
    private ulong _lastLine;

    public TcpChannels(IEntropy entropy, TcpOptions options)
    {
        (Entropy, Options, Key, Keys) = (entropy, options, options.Key.Remembering(), new(entropy));
        _pressure = new(entropy, options);
    }

    /// <summary>The routing IDs it answers to; by its bare key it may always be called.</summary>
    public IReadOnlyList<PlainId> Ids { get; set; } = [];

    public IEntropy Entropy { get; }

    /// <summary>For what is answered.</summary>
    public KeyStock Keys { get; }

    public TcpOptions Options { get; }

    /// <summary>Ours; it remembers what it has in common with peers.</summary>
    public DhKeyPair Key { get; }

    public EventQueue Events { get; } = new();

    public ReplayGuard Guard { get; } = new();

    /// <summary>Connections, open or not.</summary>
    public int Count => _lines.Count;

    /// <summary>Open channels.</summary>
    public int OpenCount { get; private set; }

    /// <summary>Whether there is something for the shell: to be read without the machine's lock, as a hint.</summary>
    public bool HasWork => _orders.Count > 0 || _ready.Count > 0 || _notes.Count > 0;

    public Instant NextWakeup => Instant.Earlier(Keys.NextWakeup, _alarms.TryPeek(out _, out var due) ? due : Instant.Never);

    /// <summary>Whether a connection is one of TCP's.</summary>
    public static bool Carries(ConnectionId id) => id.Value >= FirstId;

    public void Tick(Moment now)
    {
        Keys.Tick(now.Mono);
        while (_alarms.TryPeek(out var line, out var due) && due <= now.Mono)
        {
            _alarms.Dequeue();
            if (line.AlarmAt != due) continue; // another one was set since
            line.AlarmAt = Instant.Never;
            line.Tick(now);
            Touch(line);
        }
    }

    /// <summary>Starts to connect. The shell is ordered to dial; Established or Closed follows.</summary>
    public ConnectionId Connect(Moment now, ConnectRequest request) => Dial(now, request.Route.Remote, request).Id;

    /// <summary>Asks one question without saying who asks. <see cref="TcpNote.Answered"/> follows.</summary>
    public ConnectionId Ask(Moment now, in HostPort remote, DhPublicKey host, byte[] question)
    {
        var line = Dial(now, remote, null);
        line.Question = (host, question);
        return line.Id;
    }

    /// <summary>Answers <see cref="TcpNote.Queried"/>; null is silence.</summary>
    public void AnswerQuery(Moment now, ConnectionId id, byte[]? answer)
    {
        if (!_byId.TryGetValue(id, out var line)) return;
        line.AnswerQuery(now, answer);
        Touch(line);
    }

    /// <summary>Somebody has connected.</summary>
    public LineId Accepted(Moment now, in HostPort remote)
    {
        var line = Add(now, remote, initiates: false, null);
        _waiting.Enqueue(line);
        if (++_halfOpen > Options.MaxHalfOpen) MakeRoom(now);
        if (_lines.Count > Options.MaxChannels) line.Silence(now, TcpDrop.NoRoom);
        Touch(line);
        return line.Line;
    }

    /// <summary>A connection that was ordered is up.</summary>
    public void Connected(Moment now, LineId id)
    {
        if (!_lines.TryGetValue(id, out var line)) return;
        if (line.Question is var (host, question)) line.Ask(now, host, question);
        else line.Start(now);
        Touch(line);
    }

    public void Receive(Moment now, LineId id, Span<byte> bytes)
    {
        if (!_lines.TryGetValue(id, out var line)) return;
        line.Receive(now, bytes);
        Touch(line);
    }

    /// <summary>The other side has ended, or the connection is lost, or did not come.</summary>
    public void Closed(Moment now, LineId id)
    {
        if (!_lines.TryGetValue(id, out var line)) return;
        line.Gone(now);
        Touch(line);
    }

    /// <summary>Whether the shell is to read more from it now. After false it asks again when something was taken.</summary>
    public bool WantsBytes(LineId id) => !_lines.TryGetValue(id, out var line) || line.WantsBytes;

    /// <summary>The next line that has something to send; drain it with <see cref="TryTransmit"/>.</summary>
    public bool TryTakeReady(out LineId id)
    {
        var found = _ready.TryDequeue(out var line);
        id = found ? line!.Line : default;
        if (found) line!.IsQueued = false;
        return found;
    }

    /// <summary>Fills the buffer, of at least <see cref="TcpLine.MinBuffer"/>, with what the line has to send.</summary>
    public bool TryTransmit(Moment now, LineId id, Span<byte> buffer, out int length)
    {
        length = 0;
        if (!_lines.TryGetValue(id, out var line)) return false;
        var more = line.TryTransmit(now, buffer, out length);
        if (!more) SetAlarm(line);
        return more;
    }

    public bool TryTakeOrder(out TcpOrder order) => _orders.TryDequeue(out order);

    public bool TryTakeNote([NotNullWhen(true)] out TcpNote? note) => _notes.TryDequeue(out note);

    public bool TryTake([NotNullWhen(true)] out EndpointEvent? happened) => Events.TryTake(out happened);

    /// <summary>Says good-bye on all.</summary>
    public void Shutdown(Moment now)
    {
        foreach (var line in _lines.Values.ToArray())
        {
            line.Close(now, CloseReason.Shutdown);
            Touch(line);
        }
    }

    private TcpLine Dial(Moment now, in HostPort remote, ConnectRequest? request)
    {
        var line = Add(now, remote, initiates: true, request);
        _orders.Enqueue(new(TcpOrderKind.Dial, line.Line, remote));
        Touch(line);
        return line;
    }

    private TcpLine Add(Moment now, in HostPort remote, bool initiates, ConnectRequest? request)
    {
        var number = ++_lastLine;
        var line = new TcpLine(now, this, new(number), new(FirstId + number), remote, initiates, request);
        _lines.Add(line.Line, line);
        _byId.Add(line.Id, line);
        return line;
    }

    private void Touch(TcpLine line)
    {
        SetAlarm(line);
        if (line.IsQueued || !line.HasOutput) return;
        line.IsQueued = true;
        _ready.Enqueue(line);
    }

    private void SetAlarm(TcpLine line)
    {
        var due = line.NextWakeup;
        if (due >= line.AlarmAt) return; // the earlier alarm will look again
        line.AlarmAt = due;
        _alarms.Enqueue(line, due);
    }
}

/// <summary>What the shell is to do with a TCP connection.</summary>
/// <param name="Kind">Open it, or send FIN and let it go.</param>
/// <param name="Line">Which.</param>
/// <param name="Remote">Where to, if it is to be opened.</param>
internal readonly record struct TcpOrder(TcpOrderKind Kind, LineId Line, HostPort Remote);

internal enum TcpOrderKind { Dial, End }
