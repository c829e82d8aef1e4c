using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Handshake;
using Hawser.Proof;
using Hawser.Wire;

namespace Hawser.Transport;

/// <summary>The host side of all attempts at one socket: it holds no state until a request is proved. Spec: connect.md §5.</summary>
internal sealed partial class ConnectHost : IDatagramMachine, IMachine<ConnectEvent>
{
    private const int MaxAttempts = 4_096; // connect.md §6
    private const int MaxOutbox = 1_024;
    private static readonly TimeSpan EpochLength = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan KeyTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AcceptTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReplyLifetime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ReplyInterval = TimeSpan.FromMilliseconds(250);

    private readonly IEntropy _entropy;
    private readonly ConnectOptions _options;
    private readonly HmacKey _macKey;
    private readonly List<ConnectEpoch> _epochs; // the current one first, then the one before, then two that earn a "again"
    private readonly RateSketch _answers, _hosts, _networks;
    private readonly Dictionary<long, Attempt> _attempts = [];
    private readonly Dictionary<Token16, long> _byRequest = [];
    private readonly PriorityQueue<long, Instant> _deadlines = new();
    private readonly Introductions _introductions = new();
    private readonly Queue<Outgoing> _outbox = new();
    private readonly Queue<ConnectEvent> _events = new();
    private readonly long[] _drops = new long[Enum.GetValues<ConnectDrop>().Length];
    private Instant _epochEnd;
    private long _lastNumber;

    public ConnectHost(Moment now, IEntropy entropy, ConnectOptions options)
    {
        (_entropy, _options) = (entropy, options);
        _macKey = ChallengeRequest.MacKey(options.Key.Public);
        (_answers, _hosts, _networks) = (new(entropy, 200), new(entropy, 20), new(entropy, 200)); // connect.md §6
        _epochs = [new(entropy, options.Key.Public, options.ResponseData, options.IdleDifficulty)];
        _epochEnd = now.Mono + EpochLength;
        ResponseData = options.ResponseData;
    }

    /// <summary>The routing IDs it answers to; by its bare key it may always be called.</summary>
    public IReadOnlyList<PlainId> Ids { get; set; } = [];

    /// <summary>Told to whoever asks, from the next epoch on.</summary>
    public byte[] ResponseData
    {
        get;
        set => field = value.Length <= ConnectOptions.MaxResponseData
            ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    /// <summary>How hard the puzzle is now, in bits.</summary>
    public uint Difficulty => _epochs[0].Difficulty;

    public Instant NextWakeup => _deadlines.TryPeek(out _, out var due) ? due : Instant.Never;

    public long Dropped(ConnectDrop reason) => _drops[(int)reason];

    public void Tick(Moment now)
    {
        TurnEpoch(now);
        while (_deadlines.TryPeek(out var number, out var due) && due <= now.Mono)
        {
            _deadlines.Dequeue();
            if (_deadlines.Count == 0) _deadlines.TrimExcess(); // a storm has passed
            if (!_attempts.TryGetValue(number, out var attempt)) continue;
            if (attempt.Deadline > now.Mono)
            {
                _deadlines.Enqueue(number, attempt.Deadline);
                continue;
            }

            Forget(number);
            if (attempt.Reply is not null) continue;
            Drop(ConnectDrop.Expired);
            _events.Enqueue(new ConnectEvent.Expired(number));
        }
    }

    /// <summary>Takes packets 0 and 3.</summary>
    public void Receive(Moment now, in Route from, Span<byte> datagram)
    {
        TurnEpoch(now);
        if (ChallengeRequest.TryRead(datagram, out var request)) Challenge(now, from, request, datagram);
        else if (ConnectCall.TryRead(datagram, out var call)) Consider(now, from, call);
        else Drop(ConnectDrop.Malformed);
    }

    /// <summary>Answers KeyWanted; null: silence. An answer that comes too late changes nothing.</summary>
    public void AnswerKey(Moment now, long number, DhPublicKey? key)
    {
        if (!_attempts.TryGetValue(number, out var attempt) || attempt.State is not AttemptState.AwaitingKey) return;
        var reason = key is not { } known ? ConnectDrop.UnknownName
            : !attempt.Exchange.TryOpenK(known) ? ConnectDrop.NotOpened
            : !attempt.Epoch.TryBurn(attempt.NonceI) ? ConnectDrop.Replayed
            : (ConnectDrop?)null;
        if (reason is { } drop)
        {
            Drop(drop);
            Forget(number);
            return;
        }

        Request(now, attempt);
    }

    /// <summary>
    /// Answers Requested: Completed follows at once, and packet 4 is resent on duplicates of the request until Confirm.
    /// </summary>
    public void Accept(Moment now, long number, ReadOnlySpan<byte> acceptData)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(acceptData.Length, ConnectOptions.MaxAcceptData);
        if (!_attempts.TryGetValue(number, out var attempt) || attempt.State is not AttemptState.AwaitingHost) return;
        var cid = _options.DrawCid?.Invoke() ?? Cid.Draw(_entropy, _options.CidLength);
        var payload = new AcceptPayload(cid, attempt.Chosen, acceptData).ToArray();
        if (attempt.Exchange.Answer(_entropy, payload, out var secrets, _options.DrawKey?.Invoke(now.Mono)) is not { } message) return;
        Reply(now, attempt, new ConnectAccept(attempt.NonceI, attempt.Epoch.NonceH, message).ToArray());
        _introductions.Remove(attempt.NonceI);
        _events.Enqueue(new ConnectEvent.Completed(number, new()
        {
            Role = ConnectRole.Host,
            Route = attempt.Route,
            Secrets = secrets!,
            LocalCid = cid,
            PeerCid = attempt.CidI,
            Settings = attempt.Chosen,
            PeerKey = attempt.Exchange.PeerKey!.Value,
            PeerName = attempt.Exchange.Name,
            Letter = attempt.Letter,
            AcceptData = acceptData.ToArray(),
            NonceI = attempt.NonceI,
            NonceH = attempt.Epoch.NonceH,
        }));
    }

    /// <summary>Answers Requested with a sealed no.</summary>
    public void Refuse(Moment now, long number)
    {
        if (!_attempts.TryGetValue(number, out var attempt) || attempt.State is not AttemptState.AwaitingHost) return;
        if (attempt.Exchange.Answer(_entropy, [], out _) is not { } message) return;
        var reject = new ConnectReject(attempt.NonceI, attempt.Epoch.NonceH, ConnectReject.Refused, message);
        Reply(now, attempt, reject.ToArray());
    }

    /// <summary>Drops Requested without a word, as a void ticket deserves.</summary>
    public void Ignore(long number) => Forget(number);

    /// <summary>The first sealed packet of this connection arrived, or it is gone: packet 4 is not wanted any more.</summary>
    public void Confirm(long number) => Forget(number);

    /// <summary>An introducer announced an initiator that will use these nonces.</summary>
    public void Expect(Moment now, ulong nonceI, ulong nonceH, in Bytes32 secret, Instant expiry) =>
        _introductions.Add(now.Mono, nonceI, new(nonceH, secret, expiry));

    public bool TryTransmit(Moment now, Span<byte> buffer, out Transmit transmit)
    {
        var found = _outbox.TryDequeue(out var next);
        var length = found ? next.Write(buffer) : 0;
        transmit = found ? new(next.To, length, length) : default;
        return found;
    }

    public bool TryTake([NotNullWhen(true)] out ConnectEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>Begins the epoch that it is time for; what the older ones noted is forgotten with them.</summary>
    public void TurnEpoch(Moment now)
    {
        for (var turns = 0; turns < 4 && now.Mono >= _epochEnd; turns++)
        {
            _epochs.Insert(0, new(_entropy, _options.Key.Public, ResponseData, _epochs[0].NextDifficulty(_options.IdleDifficulty)));
            if (_epochs.Count > 4) _epochs.RemoveAt(4);
            if (_epochs.Count > 2) _epochs[2].Forget();
            _epochEnd += EpochLength;
        }

        if (now.Mono >= _epochEnd) _epochEnd = now.Mono + EpochLength; // all four are fresh
    }

    private void Send(in Outgoing packet)
    {
        if (_outbox.Count < MaxOutbox) _outbox.Enqueue(packet);
        else Drop(ConnectDrop.NoRoom);
    }

    private void Drop(ConnectDrop reason) => _drops[(int)reason]++;

    // Challenges are what a flood of strangers gets: they leave no garbage.
    private readonly record struct Outgoing(Route To, in ChallengeResponse Challenge, byte[]? Other = null)
    {
        public int Write(Span<byte> buffer)
        {
            if (Other is null) return Challenge.Write(buffer);
            Other.CopyTo(buffer);
            return Other.Length;
        }
    }
}
