using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Transport;

namespace Hawser.Session.Tcp;

// The channel as its owner sees it: the control stream, how it does, when it is over.
internal sealed partial class TcpLine
{
    private const int MaxWaitingMessages = 256, MaxWaitingBytes = 1 << 20; // before it is open: session.md §6
    private const int ControlBuffer = 4 << 20;
    private const int ControlBacklog = 1 << 20; // unread: then the peer has to wait

    private ControlQueue? _controlOut;
    private ByteQueue? _controlIn;
    private bool _wantsControl = true, _wantsControlRoom;
    private Instant _opened, _traffic, _heard;
    private TimeSpan _rtt;
    private bool _isMeasured;

    public DhPublicKey PeerKey { get; private set; }

    public HandshakeLetter Letter { get; private set; }

    private Wire.Bytes32 Exporter { get; set; }

    public long BytesIn { get; private set; }

    public long BytesOut { get; private set; }

    public long FramesIn { get; private set; }

    public long FramesOut { get; private set; }

    /// <summary>Whether it takes more from the network now: what is not read holds the peer up.</summary>
    public bool WantsBytes => IsOver || ((_controlIn?.Count ?? 0) < ControlBacklog && _owner.Events.Datagrams < EventQueue.MaxDatagrams / 2);

    public ConnectionInfo? Describe() => State is not ChannelState.Open || IsOver ? null : new()
    {
        Route = Route,
        PeerKey = PeerKey,
        Letter = Letter,
        EstablishedAt = _opened,
        Exporter = Exporter,
        Rtt = _rtt,
        BytesIn = BytesIn,
        BytesOut = BytesOut,
        PacketsIn = FramesIn,
        PacketsOut = FramesOut,
        PacketsLost = 0,
        MaxDatagram = MaxDatagram,
        CongestionWindow = 0, // the kernel's affair
        InFlight = 0,
        Streams = _streams?.Count ?? 0,
        Dropped = new(),
    };

    private bool HasStreams => _streams is { Count: > 0 };

    private Instant NextOfChannel
    {
        get
        {
            // An initiator leaves it to the host to close what is idle; only silence thrice as long moves it.
            var idle = HasStreams ? Instant.Never
                : Initiates ? _heard + 3 * Options.IdleTimeout : Earlier(_traffic + Options.IdleTimeout, _opened + Options.MaxAge);
            if (!HasStreams && !HasUnconfirmed) return idle;
            var ping = _isPinged ? Instant.Never : _heard + Options.PingInterval;
            return Earlier(idle, Earlier(ping, _heard + 3 * Options.PingInterval));
        }
    }

    private bool _isPinged;

    private static Instant Earlier(Instant a, Instant b) => Instant.Earlier(a, b);

    private void TickChannel(Moment now)
    {
        if (HasStreams || HasUnconfirmed)
        {
            if (_heard + 3 * Options.PingInterval <= now.Mono) Gone(now);
            else if (_heard + Options.PingInterval > now.Mono) _isPinged = false;
            else if (!_isPinged) (_isPinged, _isPingDue) = (true, true);
            if (HasStreams) return;
        }

        if (IsOver) return;
        if (Initiates)
        {
            if (_heard + 3 * Options.IdleTimeout <= now.Mono) Gone(now);
        }
        else if (_traffic + Options.IdleTimeout <= now.Mono) Close(now, CloseReason.SelfDisconnect);
        else if (_opened + Options.MaxAge <= now.Mono) Close(now, CloseReason.Reconnecting);
    }

    private int WriteControl(ReadOnlySpan<byte> bytes)
    {
        var open = State is ChannelState.Open;
        _controlOut ??= new();
        var taken = !open && _controlOut.Count >= MaxWaitingMessages ? 0
            : Math.Min(bytes.Length, (open ? ControlBuffer : MaxWaitingBytes) - _controlOut.Bytes);
        _controlOut.Append(bytes[..taken]);
        _wantsControlRoom |= taken < bytes.Length;
        return taken;
    }

    private void TellControlRoom()
    {
        if (!_wantsControlRoom || _controlOut!.Bytes > ControlBuffer / 2) return;
        _wantsControlRoom = false;
        _owner.Events.AddWritable(Id, 0);
    }

    private int ReadControl(Span<byte> target)
    {
        var count = Math.Min(target.Length, _controlIn?.Count ?? 0);
        if (count > 0)
        {
            _controlIn!.Waiting[..count].CopyTo(target);
            _controlIn.Drop(count);
        }

        _wantsControl = count < target.Length;
        return count;
    }

    private void TakeControl(ReadOnlySpan<byte> message)
    {
        var target = (_controlIn ??= new()).Grow(ControlFrames.HeaderSize + message.Length);
        BinaryPrimitives.WriteUInt32BigEndian(target, (uint)message.Length);
        message.CopyTo(target[ControlFrames.HeaderSize..]);
        if (!_wantsControl) return;
        _wantsControl = false;
        _owner.Events.AddReadable(Id, 0);
    }
}
