using System.Buffers.Binary;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

/// <summary>One TCP connection, from its first byte to its last. Spec: session.md.</summary>
internal sealed partial class TcpLine
{
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(5); // for the last words to leave

    private readonly TcpChannels _owner;
    private readonly FrameCutter _cutter = new();
    private readonly ByteQueue _raw = new(); // frames of the handshake, ready to leave
    private Instant _due; // of the handshake; then of the end
    private Instant _frameDue = Instant.Never;
    private bool _isTold; // the owner knows of it
    private bool _isEnding; // last words, then the end
    private bool _endOrdered;

    public TcpLine(Moment now, TcpChannels owner, LineId line, ConnectionId id, in HostPort remote, bool initiates, ConnectRequest? request = null)
    {
        (_owner, Line, Id, Remote, Initiates, Request) = (owner, line, id, remote, initiates, request);
        (_due, _isTold, Began) = (now.Mono + (initiates ? Options.PendingTimeout : Options.HandshakeTimeout), request is not null, now.Mono);
    }

    public LineId Line { get; }

    public ConnectionId Id { get; }

    public HostPort Remote { get; }

    /// <summary>Of an initiator.</summary>
    public ConnectRequest? Request { get; private set; }

    public bool Initiates { get; }

    public ChannelState State { get; private set; }

    /// <summary>Nothing is taken or sent any more; what is left is to end the connection.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Not open yet, or open and not confirmed.</summary>
    public bool IsHalfOpen => !IsOver && (State is not ChannelState.Open || !_isConfirmed);

    /// <summary>A host's that still waits for what opens.</summary>
    public bool IsWaiting => !IsOver && !Initiates && (State is ChannelState.None or ChannelState.Id) && _query is null;

    public Instant Began { get; }

    /// <summary>Of an initiator that only asks.</summary>
    public (Crypto.DhPublicKey Host, byte[] Question)? Question { get; set; }

    /// <summary>Counted among the open ones.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Counted no more among those that are not open yet.</summary>
    public bool HasLeft { get; set; }

    /// <summary>In the owner's queue of lines that have something to send.</summary>
    public bool IsQueued { get; set; }

    public Instant AlarmAt { get; set; } = Instant.Never;

    private TcpOptions Options => _owner.Options;

    public Route Route => new(RouteKind.Line, Remote, 0);

    public Instant NextWakeup
    {
        get
        {
            if (_endOrdered) return Instant.Never;
            if (IsOver || _isEnding) return _due;
            return Instant.Earlier(_frameDue, IsHalfOpen ? _due : NextOfChannel);
        }
    }

    public void Receive(Moment now, Span<byte> bytes)
    {
        while (!IsOver && _cutter.TryCut(ref bytes, MostNow, out var frame)) Take(now, frame);
        if (IsOver) return;
        if (_cutter.IsBroken) Silence(now, TcpDrop.BadLength);
        else if (!_cutter.IsWithin) _frameDue = Instant.Never;
        else if (_frameDue == Instant.Never) _frameDue = now.Mono + Options.FrameTimeout;
    }

    public void Tick(Moment now)
    {
        if (_endOrdered) return;
        if (IsOver || _isEnding)
        {
            if (_due <= now.Mono) OrderEnd();
        }
        else if (_frameDue <= now.Mono) Silence(now, TcpDrop.TooSlow);
        else if (!IsHalfOpen) TickChannel(now);
        else if (_due <= now.Mono) Silence(now, TcpDrop.TooSlow);
    }

    /// <summary>TCP has gone, or has not come.</summary>
    public void Gone(Moment now)
    {
        if (IsOver)
        {
            OrderEnd();
            return;
        }

        var early = IsHalfOpen && !Initiates;
        if (early) _owner.CountDrop(now, this, TcpDrop.LeftEarly);
        Tell(early ? CloseReason.Refused : State is ChannelState.Pending ? CloseReason.Refused : CloseReason.Timeout);
        Become(ChannelSignal.Ended);
        IsOver = true;
        OrderEnd();
    }

    /// <summary>Ends it without a word. A host waits a moment, lest its haste tell what it found.</summary>
    public void Silence(Moment now, TcpDrop reason)
    {
        if (IsOver) return;
        _owner.CountDrop(now, this, reason);
        Tell(reason switch
        {
            TcpDrop.TooSlow => CloseReason.Timeout,
            _ when State is ChannelState.Open => CloseReason.ProtocolError,
            _ => CloseReason.Refused,
        });
        Become(ChannelSignal.Ended);
        IsOver = true;
        _raw.Drop(_raw.Count);
        if (Initiates) OrderEnd();
        else _due = now.Mono + _owner.Delay();
    }

    /// <summary>Ends it with a good-bye, if there is somebody to say it to.</summary>
    public void Close(Moment now, CloseReason reason)
    {
        if (IsOver || _isEnding) return;
        Tell(reason);
        (_isEnding, _due, _goodbye) = (true, now.Mono + Linger, reason);
        if (State is ChannelState.Open) return;
        Become(ChannelSignal.Ended);
        OrderEnd();
    }

    private int MostNow => State is ChannelState.Open ? ChannelStates.MaxFrame(ChannelSignal.T) : ChannelStates.MaxFrame(ChannelSignal.I);

    private void Take(Moment now, Span<byte> frame)
    {
        if (ChannelStates.SignalOf(frame[0]) is not { } signal)
        {
            Silence(now, TcpDrop.OutOfPlace);
        }
        else if (_query is not null)
        {
            if (Initiates && signal is ChannelSignal.A) TakeAnswer(now, frame[1..]);
            else Silence(now, TcpDrop.OutOfPlace);
        }
        else if (!ChannelStates.TryNext(State, Initiates, signal, out var to))
        {
            Silence(now, TcpDrop.OutOfPlace);
        }
        else if (frame.Length > ChannelStates.MaxFrame(signal))
        {
            Silence(now, TcpDrop.BadLength);
        }
        else
        {
            var message = frame[1..];
            switch (signal)
            {
                case ChannelSignal.I: TakeI(now, message, to); break;
                case ChannelSignal.N: TakeN(message, to); break;
                case ChannelSignal.K: TakeK(now, message, to); break;
                case ChannelSignal.Q: TakeQ(now, message); break;
                case ChannelSignal.A: TakeA(now, message, to); break;
                default: TakeT(now, message); break;
            }
        }
    }

    private void Become(ChannelSignal signal)
    {
        if (!ChannelStates.TryNext(State, Initiates, signal, out var to)) throw new InvalidOperationException($"{State} does not go on by {signal}");
        State = to;
    }

    private void SendFrame(byte letter, ReadOnlySpan<byte> message)
    {
        var target = _raw.Grow(FrameCutter.HeaderSize + 1 + message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)(1 + message.Length));
        target[FrameCutter.HeaderSize] = letter;
        message.CopyTo(target[(FrameCutter.HeaderSize + 1)..]);
    }

    private void Tell(CloseReason reason)
    {
        if (Initiates && _query is not null && !_isAnswered)
        {
            _isAnswered = true;
            _owner.Note(new TcpNote.Answered(Id, null));
        }

        if (!_isTold) return;
        _isTold = false;
        GiveUpDatagrams();
        _owner.Events.Add(new EndpointEvent.Closed(Id, reason));
    }

    private void OrderEnd()
    {
        if (_endOrdered) return;
        (_endOrdered, IsOver) = (true, true);
        _owner.OrderEnd(this);
    }
}
