using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Crypto;
using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>
/// All that an admin does: its log, tickets, receipts, the replicas of other logs, and the agreement. Requests come in
/// as Ask and go out as Answer; whatever carries them, only bytes pass. Spec: federation.md §4.7, §5.
/// </summary>
internal sealed partial class AdminMachine : IMachine<AdminEvent>
{
    private readonly Genesis _genesis;
    private readonly IRegistryFold _fold;
    private readonly IEntropy _entropy;
    private readonly IAdminReader _reader;
    private readonly Replicas _replicas;
    private readonly Agreement _agreement;
    private readonly Epochs _epochs;
    private readonly Queue<AdminEvent> _events = new();
    private readonly Queue<(long Number, Action<Moment> Then)> _unsaved = new();
    private readonly List<(uint Height, RoutingTick Tick)> _ticks = []; // of the last heights
    private readonly uint _silentThrough; // the reader would have to wait for what is being written
    private long _stores;
    private ulong _nextLeaf;

    /// <param name="now">When it starts.</param>
    /// <param name="genesis">The federation.</param>
    /// <param name="keys">My admin keys: they tell which member I am, if I am one.</param>
    /// <param name="fold">The registry: empty, or at a height that the reader has a certificate of.</param>
    /// <param name="entropy">For ticket numbers.</param>
    /// <param name="reader">What was stored.</param>
    public AdminMachine(
        Moment now, Genesis genesis, IReadOnlyList<SigningKey> keys, IRegistryFold fold, IEntropy entropy, IAdminReader reader)
    {
        (_genesis, _fold, _entropy, _reader, _epochs, _silentThrough) = (genesis, fold, entropy, reader, Epochs.Of(genesis), reader.SilentThrough);
        _replicas = new(genesis);
        var last = Restore();
        var me = _epochs.Newest.All.FirstOrDefault(member => keys.Any(key => key.Public == member.Key));
        List<SealedClaim> own = [];
        if (me is not null)
        {
            _replicas.Write(me.Id);
            for (_nextLeaf = _replicas.CertifiedSize(me.Id); _nextLeaf < reader.LeavesOf(me.Id); _nextLeaf++)
            {
                var leaf = reader.Leaf(me.Id, _nextLeaf) ?? throw Corrupt("a leaf of my own");
                _replicas.AppendOwn(leaf);
                if (SealedClaim.TryRead(leaf, out var claim)) own.Add(claim);
            }
        }

        _agreement = new(now, genesis, keys, _replicas, fold, last, reader.Votes, silentThrough: _silentThrough);
        foreach (var (claim, due, reveal) in reader.Entrusted) _entrusted[claim] = (due, reveal);
        foreach (var (claim, kept, share) in reader.Shares) _shares[claim] = (kept, share);
        foreach (var claim in own) NoteFresh(claim);
        Drain(now);
        LogEntrusted(Height - 1);
        LogShares(Height - 1);
    }

    /// <summary>What I am as a member; null if I am none.</summary>
    public Member? Me => _agreement.Me < 0 ? null : Members[_agreement.Me];

    /// <summary>The members of the height that is being agreed on.</summary>
    public Members Members => _agreement.Members;

    /// <summary>Who the members were, height by height.</summary>
    public Epochs Epochs => _epochs;

    /// <summary>The height that is being agreed on: the last certificate is of the one before.</summary>
    public uint Height => _agreement.Height;

    /// <summary>Whether it says nothing yet, because it does not know what it has said before.</summary>
    public bool IsSilent => _agreement.Height <= _silentThrough;

    /// <summary>The label of the last certificate: official time.</summary>
    public RoutingTick LastTick => _agreement.LastTick;

    public AgreementState State => _agreement.State;

    public IReadOnlyDictionary<MessageDrop, long> Dropped => _agreement.Dropped;

    public Instant NextWakeup => _agreement.NextWakeup;

    public void Tick(Moment now)
    {
        _agreement.Tick(now);
        Drain(now);
    }

    /// <summary>
    /// A request of anyone; exactly one Answer with its number follows, maybe after something is durable.
    /// </summary>
    /// <param name="now">Now.</param>
    /// <param name="number">For the answer.</param>
    /// <param name="verb">What is asked.</param>
    /// <param name="from">Whom it counts against.</param>
    /// <param name="body">The request.</param>
    /// <param name="check">Of this very body, if it is a claim that was checked already.</param>
    public void Ask(Moment now, long number, AdminVerb verb, in HostPort from, ReadOnlySpan<byte> body, ClaimCheck? check = null)
    {
        switch (verb)
        {
            case AdminVerb.Ticket or AdminVerb.Claim or AdminVerb.Reveal or AdminVerb.Entrust or AdminVerb.Share or AdminVerb.Record or AdminVerb.OwnVote when IsSilent:
                Refuse(number, "this hub was put back from a backup, and takes nothing for two heights; ask another admin", AdminStatus.Busy);
                break;
            case AdminVerb.Ticket: AskTicket(number, from, body); break;
            case AdminVerb.Claim: AskClaim(number, body, check); break;
            case AdminVerb.Reveal: AskReveal(number, from, body); break;
            case AdminVerb.Entrust: AskEntrust(number, from, body); break;
            case AdminVerb.Share: AskShare(number, from, body); break;
            case AdminVerb.Tentative: AskTentative(number, body); break;
            case AdminVerb.Record: AskRecord(number, from, body); break;
            case AdminVerb.Evidence: AskEvidence(number, from, body); break;
            case AdminVerb.OwnVote: AskOwnVote(number, body); break;
            case AdminVerb.Votes: AskVotes(now, number, body); break;
            case AdminVerb.Certificate: AskCertificate(number, body); break;
            case AdminVerb.Leaves: AskLeaves(number, body); break;
            case AdminVerb.Checkpoint: AskCheckpoint(number); break;
            default: throw new ArgumentOutOfRangeException(nameof(verb));
        }

        Drain(now);
    }

    /// <summary>What Store(number) asked for, and all before it, is durable.</summary>
    public void Stored(Moment now, long number)
    {
        while (_unsaved.TryPeek(out var next) && next.Number <= number)
        {
            _unsaved.Dequeue();
            next.Then(now);
        }

        Drain(now);
    }

    public bool TryTake([NotNullWhen(true)] out AdminEvent? happened) => _events.TryDequeue(out happened);

    private void Save(AdminRecord record, Action<Moment> then)
    {
        _unsaved.Enqueue((++_stores, then));
        _events.Enqueue(new AdminEvent.Store(_stores, record));
    }

    private void Answer(long number, AdminStatus status, byte[] body) =>
        _events.Enqueue(new AdminEvent.Answer(number, status, body));

    private void Answer(long number, Promise promise) => _events.Enqueue(new AdminEvent.Promised(number, promise));

    private void Refuse(long number, string why, AdminStatus status = AdminStatus.Refused) =>
        Answer(number, status, Encoding.UTF8.GetBytes(why));

    /// <summary>Turns what the agreement wants into what the shell does.</summary>
    private void Drain(Moment now)
    {
        while (_agreement.TryTake(out var happened))
        {
            switch (happened)
            {
                case AgreementEvent.Store(var number, var votes):
                    Save(new AdminRecord.Votes(votes), at => _agreement.Stored(at, number));
                    break;
                case AgreementEvent.Send(var member, var batch):
                    PostVotes(member, batch);
                    break;
                case AgreementEvent.LeavesWanted(var member, var head):
                    FetchLeaves(member, head);
                    break;
                case AgreementEvent.CertificateWanted(var height):
                    FetchCertificate(height);
                    break;
                case AgreementEvent.Certified(var certificate, var leaves):
                    Advance(certificate, leaves);
                    break;
                case AgreementEvent.FoldDiffers(var height, var mine, var theirs):
                    _events.Enqueue(new AdminEvent.FoldDiffers(height, mine, theirs));
                    break;
                case AgreementEvent.DoubleMessage(var first, var second):
                    _events.Enqueue(new AdminEvent.DoubleMessage(first, second));
                    break;
            }
        }

        while (_agreement.Witness.TryTake(out var proof)) Convict(proof);
    }

    private void Advance(TickCertificate certificate, CertifiedLeaves leaves)
    {
        var header = certificate.Header;
        // What was certified is my log, even if I knew it no more; beyond it I have taken nothing since.
        if (IsSilent || _nextLeaf < _replicas.OwnSize) _nextLeaf = _replicas.OwnSize;
        Remember(header.Height, header.Tick);
        var members = _epochs.Newest;
        // Folded is what was certified just now: the next height cannot be decided before this one is done.
        var rows = _fold.Height == header.Height ? _fold.TakeChanges() : null;
        Save(new AdminRecord.Certificate(header.Height, certificate.Write(members), leaves) { Rows = rows }, _ => { });
        _events.Enqueue(new AdminEvent.Certified(certificate, leaves));
        _agreement.Witness.TakeClaims(leaves, members);
        if (_pendingLeaves.Count == 0) _nextLeaf = _replicas.OwnSize;
        if (certificate.Next is { } next)
        {
            _epochs.Add(header.Height + 1, next);
            _events.Enqueue(new AdminEvent.MembersChanged(next));
        }

        NoteFate(header.Height);
        CollectShares(leaves.Logs);
        LogEntrusted(header.Height);
        LogShares(header.Height);
    }

    private void Remember(uint height, RoutingTick tick)
    {
        _ticks.Add((height, tick));
        if (_ticks.Count > _genesis.ClaimWindow + 1) _ticks.RemoveAt(0);
        ForgetOldClaims(height);
    }

    /// <summary>Brings replicas and fold to the newest certificate in the store.</summary>
    private TickCertificate? Restore()
    {
        TickCertificate? last = null;
        for (uint height = 1; _reader.Certificate(height) is { } file; height++)
        {
            var members = _epochs.Newest;
            if (!TickCertificate.TryRead(file, members, out var certificate) || certificate.Header.Height != height
                || (last?.Header.Hash ?? _genesis.Hash) != certificate.Rest.Previous) throw new DamagedStoreException(height, "the certificate");
            if (height <= _fold.Height) RestoreFolded(height, members, certificate.Value.Vector);
            else RestoreUnfolded(height, members, certificate);
            Remember(height, certificate.Header.Tick);
            if (certificate.Next is { } next) _epochs.Add(height + 1, next);
            last = certificate;
        }

        return last;
    }

    private void RestoreUnfolded(uint height, Members members, TickCertificate certificate)
    {
        var logs = new List<NewLeaves>();
        for (var place = 0; place < members.Count; place++)
        {
            var leaves = new List<ReadOnlyMemory<byte>>();
            var member = members[place].Id;
            var from = _replicas.CertifiedSize(member);
            for (var index = from; index < certificate.Value.Vector[place].Size; index++)
                leaves.Add(_reader.Leaf(member, index) ?? throw new DamagedStoreException(height, $"leaf {index} of {member}"));
            if (leaves.Count == 0) continue;
            logs.Add(new(member, from, leaves));
            _replicas.Restore(logs[^1]);
            if (_replicas.Certified(member) != certificate.Value.Vector[place]) throw new DamagedStoreException(height, $"a leaf of {member}");
        }

        var result = _fold.Fold(new(height, certificate.Header.Tick, logs));
        if (result.StateRoot != certificate.Header.StateRoot) throw new DamagedStoreException(height, "the state");
        CollectShares(logs);
    }

    // What was folded before this start: of old leaves a store may have the hashes alone.
    private void RestoreFolded(uint height, Members members, IReadOnlyList<LogHead> vector)
    {
        var isRecent = height + _genesis.ClaimWindow + _genesis.RevealWindow > _fold.Height;
        for (var place = 0; place < members.Count; place++)
        {
            var (member, recent) = (members[place].Id, new List<ReadOnlyMemory<byte>>());
            var from = _replicas.CertifiedSize(member);
            for (var index = from; index < vector[place].Size; index++)
            {
                _replicas.Restore(member, _reader.LeafHash(member, index) ?? throw new DamagedStoreException(height, $"leaf {index} of {member}"));
                if (isRecent && _reader.Leaf(member, index) is { } leaf) recent.Add(leaf);
            }

            if (_replicas.Certified(member) != vector[place]) throw new DamagedStoreException(height, $"a leaf of {member}");
            if (recent.Count > 0) CollectShares([new(member, from, recent)]);
        }
    }

    private static InvalidOperationException Corrupt(string what) => new($"the admin's store is damaged: {what}");
}
