using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>
/// Claims an ID, from the seal key to final ownership: every step is on disk before it is taken, reveals itself when the
/// claim window has closed, and begins again with a new ticket when a claim came to nothing. Spec: registry.md §5, §7.
/// </summary>
internal sealed partial class Claimant : IMachine<ClaimantEvent>
{
    public const int MaxSubmissions = 7; // registry.md §6

    private readonly Genesis _genesis;
    private readonly Epochs _epochs;
    private Members _members; // of the next height; what is kept by place moves with it
    private readonly SigningKey _claimKey;
    private readonly DhPublicKey _channelKey;
    private readonly ClaimWish _wish;
    private readonly IEntropy _entropy;
    private readonly Queue<ClaimantEvent> _events = new();
    private readonly Dictionary<long, (int Member, HubQuestion Question)> _asked = [];
    private readonly TimeSpan _retry;
    private Instant _next;
    private long _numbers;
    private long _storing;
    private Action<Moment>? _stored;
    private ClaimantRecord _record = null!;
    private Deed? _deed;
    private SealedClaim? _sealed;
    private int _turn;
    private bool _headKnown;
    private uint _height;
    private RoutingTick _tick;

    /// <param name="now">When it starts.</param>
    /// <param name="genesis">The pinned federation.</param>
    /// <param name="claimKey">Owns the ID.</param>
    /// <param name="channelKey">Answers dials.</param>
    /// <param name="wish">The rest of the deed.</param>
    /// <param name="entropy">For seal keys.</param>
    /// <param name="stored">What the last Store gave; null for a new claim.</param>
    /// <param name="epochs">Who the admins were, as far as is known; it learns of changes here. Null: none are known.</param>
    public Claimant(
        Moment now, Genesis genesis, SigningKey claimKey, DhPublicKey channelKey, ClaimWish wish, IEntropy entropy,
        ClaimantRecord? stored = null, Epochs? epochs = null)
    {
        (_genesis, _epochs, _claimKey, _channelKey) = (genesis, epochs ?? Epochs.Of(genesis), claimKey, channelKey);
        _members = stored is { FromHeight: var from and > 0 } ? _epochs.At(from + 1)! : _epochs.Newest;
        (_wish, _entropy, _next) = (wish, entropy, now.Mono);
        _retry = TimeSpan.FromTicks(Math.Clamp(
            genesis.Clock.TickLength.Ticks / 8, TimeSpan.TicksPerSecond / 4, TimeSpan.TicksPerMinute));
        if (stored is null)
        {
            Begin();
            return;
        }

        _record = stored;
        if (stored.Deed.Length > 0 && Deed.TryRead(stored.Deed, out _deed)) SealedClaim.TryRead(stored.Sealed, out _sealed);
        if (_sealed is null && stored.State != ClaimantState.Draft)
            throw new ArgumentException("not what was stored", nameof(stored));
        if (stored.State != ClaimantState.Draft) (_headKnown, _height, _tick) = (true, stored.FromHeight, stored.FromTick);
        foreach (var receipt in stored.Receipts) KeepReceipt(receipt);
    }

    public ClaimantState State => _record.State;

    /// <summary>The ID that is claimed, from Sealed on.</summary>
    public RoutingId? Id => _deed?.Id;

    public Deed? ClaimedDeed => _deed;

    public Instant NextWakeup => State == ClaimantState.Final || _storing != 0 ? Instant.Never : _next;

    public void Tick(Moment now)
    {
        if (now.Mono < NextWakeup) return;
        _next = now.Mono + _retry;
        Step();
    }

    public bool TryTake([NotNullWhen(true)] out ClaimantEvent? happened) => _events.TryDequeue(out happened);

    /// <summary>What Store(number) held is durable.</summary>
    public void Done(Moment now, long number)
    {
        if (number != _storing) return;
        _storing = 0;
        var then = _stored;
        _stored = null;
        then?.Invoke(now);
        Step();
    }

    /// <summary>The body of a good answer to Fetch(number); null if there was none.</summary>
    public void Answer(Moment now, long number, ReadOnlySpan<byte> body)
    {
        if (!_asked.Remove(number, out var asked) || body.IsEmpty) return;
        var moved = asked.Question switch
        {
            HubQuestion.Ticket => TakeTicket(asked.Member, body),
            HubQuestion.Claim => TakeReceipt(asked.Member, body),
            HubQuestion.Reveal => TakeRevealReceipt(asked.Member, body),
            HubQuestion.Entrust => !_entrusted.Add(asked.Member),
            HubQuestion.Share => TakeShareKept(asked.Member),
            HubQuestion.Tentative => TakeTentative(asked.Member, body),
            HubQuestion.Certificate => TakeCertificate(body),
            HubQuestion.LogTile tile => TakeTile(tile, body),
            HubQuestion.Epoch => TakeEpoch(body),
            HubQuestion.Ownership question => TakeProof(question, body),
            _ => throw new InvalidOperationException("a question that this machine does not ask"),
        };
        if (moved) _next = now.Mono; // what follows need not wait
    }

    private void Begin()
    {
        var seed = default(Bytes32);
        _entropy.Fill(seed);
        (_deed, _sealed, _headKnown, _born) = (null, null, false, 0);
        _receipts.Clear();
        _tiles.Clear();
        _covered.Clear();
        _revealed.Clear();
        _entrusted.Clear();
        (_keepers, _answered) = ([], null);
        _asked.Clear();
        Save(new() { State = ClaimantState.Draft, Seed = seed }, null);
    }

    private void BeginAgain(string why)
    {
        _events.Enqueue(new ClaimantEvent.StartedAgain(why));
        Begin();
    }

    /// <summary>Nothing is sent until this is on disk.</summary>
    private void Save(ClaimantRecord record, Action<Moment>? then)
    {
        var moved = _record is null || _record.State != record.State;
        (_record, _storing, _stored) = (record, ++_numbers, then);
        _events.Enqueue(new ClaimantEvent.Store(_storing, record.Write()));
        if (moved) _events.Enqueue(new ClaimantEvent.Moved(record.State, Id));
    }

    /// <summary>Asks what the state needs and is not on its way.</summary>
    private void Step()
    {
        if (_storing != 0) return;
        switch (State)
        {
            case ClaimantState.Draft:
                if (!_headKnown) AskOnce(Any(), new HubQuestion.Certificate(null));
                else AskOnce(Any(), new HubQuestion.Ticket(new TicketRequest(_genesis.Hash, ClaimTicket.SealHash(new SealKey(_record.Seed).Public)).Write()));
                break;
            case ClaimantState.Sealed:
                Submit();
                HandOutShares();
                AskStanding();
                CheckInclusion();
                Follow();
                break;
            case ClaimantState.Logged:
                EntrustReveal();
                AskStanding();
                Follow();
                break;
            case ClaimantState.Revealed:
                SubmitReveal();
                AskOnce(Any(), new HubQuestion.Ownership(Id!.Value));
                Follow();
                break;
            case ClaimantState.Provisional:
                if (_height >= FinalHeight) AskOnce(Any(), new HubQuestion.Ownership(Id!.Value));
                Follow();
                break;
            case ClaimantState.Final:
                break;
        }
    }

    private void Follow() => AskOnce(Any(), new HubQuestion.Certificate(_height + 1));

    /// <summary>One question of a kind at a time; of those that go to several admins, one for each.</summary>
    private void AskOnce(int member, HubQuestion question)
    {
        var toEach = question is HubQuestion.Claim or HubQuestion.Reveal or HubQuestion.Entrust or HubQuestion.Share;
        foreach (var (other, asked) in _asked.Values)
            if (asked.GetType() == question.GetType() && (!toEach || other == member)) return;
        _asked.Add(++_numbers, (member, question));
        _events.Enqueue(new ClaimantEvent.Fetch(_numbers, _members[member], question));
    }

    /// <summary>The members in turn: one that is down costs one retry.</summary>
    private int Any() => _turn++ % _members.Count;

    /// <summary>How many admins get the claim: one of 2f + 1 is in the next certificate.</summary>
    private int Submissions => Math.Min(Math.Min(2 * _members.MaxFaulty + 1, _wish.Shares ? int.MaxValue : MaxSubmissions), _members.Count);
}
