using System.Globalization;
using System.Text;

namespace Hawser.Proof;

/// <summary>How far a client's connection to a reflector has come. Spec: reflection.md §7.</summary>
internal enum ReflectionState
{
    Connecting,

    /// <summary>Asking the reflector as whom it sees us.</summary>
    Asking,

    /// <summary>What is to be leaked is known; the request that somebody else puts in is awaited.</summary>
    Ready,
    Found,
    Failed,
}

/// <summary>
/// A client's own small TCP, beside that of its kernel, which would throw away an answer to bytes that it never sent. It
/// connects to a reflector, learns as whom it is seen, and reads the share of a challenge in the answer to a request that
/// is not its own. Packets in, packets out. Spec: reflection.md §5.2.
/// </summary>
internal sealed class ReflectionClient : IMachine
{
    public const string WherePath = "/sp3-where";
    private const int MaxHeard = 8_192; // reflection.md §6
    private const int MaxTries = 5; // reflection.md §6
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(500); // reflection.md §6

    private readonly HostPort _local;
    private readonly Reflector _reflector;
    private readonly bool _asks;
    private readonly Queue<byte[]> _outbox = new();
    private readonly List<byte> _heard = [];
    private byte[] _unanswered = [];
    private uint _next; // of ours
    private uint _expected; // of theirs
    private int _tries;

    /// <param name="now">Now.</param>
    /// <param name="entropy">For the first number.</param>
    /// <param name="local">This machine's address, and a port that its kernel keeps quiet about.</param>
    /// <param name="reflector">Whom to connect to.</param>
    /// <param name="asks">Whether it is of the kind that says as whom it sees us; else there must be no NAT.</param>
    public ReflectionClient(Moment now, IEntropy entropy, HostPort local, Reflector reflector, bool asks)
    {
        (_local, _reflector, _asks) = (local, reflector, asks);
        Span<byte> drawn = stackalloc byte[4];
        entropy.Fill(drawn);
        _next = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(drawn);
        SendAgainUntilAnswered(now.Mono, Segment(TcpFlags.Synchronize, []));
        _next = Add(_next, 1);
    }

    public Reflector Reflector => _reflector;

    public ReflectionState State { get; private set; }

    /// <summary>What went wrong.</summary>
    public string? Trouble { get; private set; }

    /// <summary>What to leak, from <see cref="ReflectionState.Ready"/> on.</summary>
    public LeakedConnection Leaked { get; private set; }

    /// <summary>The share that has arrived.</summary>
    public string Token { get; private set; } = "";

    public Instant NextWakeup { get; private set; } = Instant.Never;

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        NextWakeup = Instant.Never;
        if (State is not (ReflectionState.Connecting or ReflectionState.Asking)) return;
        if (_tries >= MaxTries) Fail(State is ReflectionState.Connecting ? "does not answer" : "does not say as whom it sees us");
        else SendAgainUntilAnswered(now.Mono, _unanswered);
    }

    /// <summary>A packet that this machine has received; of others nothing is heeded.</summary>
    public void Receive(Moment now, ReadOnlySpan<byte> packet)
    {
        if (!TcpSegment.TryRead(packet, out var segment, out var body) || segment.Source != _reflector.At || segment.Destination != _local
            || State is ReflectionState.Found or ReflectionState.Failed) return;
        if (State is ReflectionState.Connecting) Connected(now, segment);
        else Heard(now, segment, body);
    }

    public bool TryTransmit(out byte[] packet) => _outbox.TryDequeue(out packet!);

    private void Connected(Moment now, in TcpSegment segment)
    {
        if (!segment.Flags.HasFlag(TcpFlags.Acknowledge) || segment.Acknowledged != _next) return;
        if (segment.Flags.HasFlag(TcpFlags.Reset))
        {
            Fail("refuses connections");
            return;
        }

        if (!segment.Flags.HasFlag(TcpFlags.Synchronize)) return;
        _expected = Add(segment.Sequence, 1);
        if (!_asks)
        {
            Ready(_local);
            return;
        }

        State = ReflectionState.Asking;
        _tries = 0;
        var question = Encoding.ASCII.GetBytes($"GET {WherePath} HTTP/1.1\r\nHost: {_reflector.Host}\r\n\r\n");
        SendAgainUntilAnswered(now.Mono, Segment(TcpFlags.Acknowledge | TcpFlags.Push, question));
        _next = Add(_next, (uint)question.Length);
    }

    private void Heard(Moment now, in TcpSegment segment, ReadOnlySpan<byte> body)
    {
        if (segment.Flags.HasFlag(TcpFlags.Reset))
        {
            // Only one that fits is believed: who is not on the way cannot know where we are.
            if (segment.Sequence == _expected) Fail("broke the connection off");
            return;
        }

        if (segment.Sequence != _expected)
        {
            if (!body.IsEmpty) Acknowledge(); // it has missed our word that we have that
            return;
        }

        if (!body.IsEmpty)
        {
            if (_heard.Count + body.Length > MaxHeard)
            {
                Fail("says too much");
                return;
            }

            _heard.AddRange(body);
            _expected = Add(_expected, (uint)body.Length);
            Acknowledge();
            Understand();
        }

        if (segment.Flags.HasFlag(TcpFlags.Finish) && State is not (ReflectionState.Found or ReflectionState.Failed))
            Fail(State is ReflectionState.Asking ? "does not keep connections open" : "does not say back what it is asked");
    }

    private void Understand()
    {
        var heard = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_heard);
        if (State is ReflectionState.Asking && TryReadWhere(heard, out var seen))
        {
            _heard.Clear();
            Ready(seen);
        }
        else if (State is ReflectionState.Ready && ReflectionToken.TryFind(heard, out var token))
        {
            Token = token;
            State = ReflectionState.Found;
            // Whose request was answered we need not know; there will be no other.
            _next = Add(_next, (uint)ReflectionRequest.LengthOf(_reflector.Host));
            _outbox.Enqueue(Segment(TcpFlags.Reset | TcpFlags.Acknowledge, []));
        }
    }

    private void Ready(HostPort seen)
    {
        State = ReflectionState.Ready;
        NextWakeup = Instant.Never;
        Leaked = new(_reflector.At, seen, _next, _expected);
        // The last byte of the request that is to come goes ahead: a NAT on the way has then seen us send that far, and does
        // not take the answer for one to nothing. The server keeps it, and waits for what is before it.
        var last = (uint)(ReflectionRequest.LengthOf(_reflector.Host) - 1);
        _outbox.Enqueue(Segment(TcpFlags.Acknowledge, [(byte)'\n'], Add(_next, last)));
    }

    private void Fail(string why)
    {
        Trouble = why;
        State = ReflectionState.Failed;
        NextWakeup = Instant.Never;
        if (_expected != 0) _outbox.Enqueue(Segment(TcpFlags.Reset | TcpFlags.Acknowledge, []));
    }

    private void Acknowledge() => _outbox.Enqueue(Segment(TcpFlags.Acknowledge, []));

    private void SendAgainUntilAnswered(Instant now, byte[] packet)
    {
        _unanswered = packet;
        _outbox.Enqueue(packet);
        NextWakeup = now + Retry * (1 << _tries++);
    }

    private byte[] Segment(TcpFlags flags, ReadOnlySpan<byte> body, uint? sequence = null)
    {
        var packet = new byte[TcpSegment.Overhead(_local.IsIPv4) + body.Length];
        new TcpSegment(_local, _reflector.At, sequence ?? _next, _expected, flags).Write(body, packet);
        return packet;
    }

    // Of the reflector's answer only the body: "seen ADDRESS PORT" and a line end.
    private static bool TryReadWhere(ReadOnlySpan<byte> heard, out HostPort seen)
    {
        seen = default;
        var start = heard.IndexOf("\r\n\r\nseen "u8);
        if (start < 0) return false;
        var rest = heard[(start + 9)..];
        var end = rest.IndexOf((byte)'\n');
        if (end < 0) return false;
        var words = Encoding.ASCII.GetString(rest[..end]).Split(' ');
        if (words.Length != 2 || !AddressNetwork.TryParseAddress(words[0], out var address)
            || !ushort.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0) return false;
        seen = new(address, port);
        return true;
    }

    private static uint Add(uint sequence, uint count) => unchecked(sequence + count);
}
