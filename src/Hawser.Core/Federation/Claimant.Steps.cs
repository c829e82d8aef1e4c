using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>The answers, in the order of a claim's life.</summary>
internal sealed partial class Claimant
{
    private const uint Never = uint.MaxValue / 2; // a height that does not come

    private readonly Dictionary<int, Receipt> _receipts = []; // by member
    private readonly HashSet<int> _refused = []; // that gave a receipt which does not hold
    private readonly Dictionary<int, (LogHead Head, uint Height)> _covered = []; // certified heads that cover a receipt
    private readonly Dictionary<(RoutingId, Tile), byte[]> _tiles = [];
    private readonly Dictionary<int, AgreementMessage> _heads = []; // what their admins signed of these
    private readonly HashSet<int> _accused = [];
    private readonly HashSet<int> _revealed = [];
    private readonly HashSet<int> _entrusted = []; // members that will reveal in my absence
    private uint _born; // 0 until the certificates show it, after a restart too: the ticket may be of a later tick than From

    private uint LastClaimHeight => (_born == 0 ? Never : _born) + _genesis.ClaimWindow - 1;

    private uint FinalHeight => LastClaimHeight + _genesis.RevealWindow;

    private bool TakeTicket(int member, ReadOnlySpan<byte> body)
    {
        if (State != ClaimantState.Draft || _storing != 0) return false;
        var sealKey = new SealKey(_record.Seed);
        if (!ClaimTicket.TryRead(body, out var genesis, out var ticket) || genesis != _genesis.Hash
            || ticket.Issuer != _members[member].Id || ticket.Timestamp <= _tick
            || !ticket.IsFor(_genesis.Hash, _members[member].Key, ClaimTicket.SealHash(sealKey.Public))) return false;

        var fields = new DeedFields
        {
            Genesis = _genesis.Hash, Timestamp = ticket.Timestamp, Keyword = _wish.Keyword, OwnerName = _wish.OwnerName,
            ContactInfo = _wish.ContactInfo, Notes = _wish.Notes, TicketIssuer = ticket.Issuer,
            TicketNumber = ticket.Number, ClaimKey = _claimKey.Public, ChannelKey = _channelKey, Hubs = _wish.Hubs,
            At = _wish.At, RecoveryHash = _wish.RecoveryHash, LedgerKey = _wish.LedgerKey,
        };
        _deed = Deed.Sign(fields, _claimKey);
        _sealed = SealedClaim.Seal(_deed, ticket, sealKey, _claimKey, _wish.Blind);
        Save(_record with
        {
            State = ClaimantState.Sealed, FromHeight = _height, FromTick = _tick, Ticket = body.ToArray(),
            Deed = _deed.Text, Sealed = _sealed.Text,
        }, null);
        return true;
    }

    private void Submit()
    {
        if (_born != 0 && _height >= LastClaimHeight) return;
        var wanted = Submissions - _receipts.Count;
        for (var i = 0; i < _members.Count && wanted > 0; i++)
        {
            var member = (_turn + i) % _members.Count;
            if (_receipts.ContainsKey(member) || _refused.Contains(member)) continue;
            AskOnce(member, new HubQuestion.Claim(_sealed!.Text));
            wanted--;
        }
    }

    private bool TakeReceipt(int member, ReadOnlySpan<byte> body)
    {
        if (State != ClaimantState.Sealed || !KeepReceipt(body)) return false;
        _record = _record with { Receipts = [.. _record.Receipts, body.ToArray()] };
        if (_storing == 0) Save(_record, null); // while another write runs, the next one takes it along
        return _receipts.ContainsKey(member);
    }

    private bool KeepReceipt(ReadOnlySpan<byte> body)
    {
        if (!Receipt.TryRead(body, out var receipt) || _members.PlaceOf(receipt.Admin) is var place && place < 0) return false;
        if (receipt.Genesis != _genesis.Hash || receipt.LeafHash != Crypto.Sha256.Hash(_sealed!.Text.AsSpan())
            || receipt.LeafIndex > long.MaxValue || !receipt.IsSignedBy(_members[place].Key))
        {
            _refused.Add(place);
            return false;
        }

        return _receipts.TryAdd(place, receipt);
    }

    private bool TakeCertificate(ReadOnlySpan<byte> body)
    {
        if (!TickCertificate.TryRead(body, _members, out var certificate)
            || !certificate.IsValid(_genesis, _members))
        {
            if (!_headKnown) AskOnce(Any(), new HubQuestion.Epoch(_epochs.Changes + 1)); // other admins may sign by now
            return false;
        }

        var header = certificate.Header;
        if (_headKnown && header.Height != _height + 1) return false;
        _events.Enqueue(new ClaimantEvent.Verified(header));
        var used = Use(certificate);
        if (certificate.Next is not { } next) return used;
        if (_epochs.TryAdd(_genesis, body)) _events.Enqueue(new ClaimantEvent.EpochEnded(body.ToArray()));
        Follow(next);
        return used;
    }

    private bool Use(TickCertificate certificate)
    {
        var header = certificate.Header;
        var before = _tick;
        (_headKnown, _height, _tick) = (true, header.Height, header.Tick);
        if (_sealed is null) return true;

        if (_born == 0 && header.Tick >= _sealed.Timestamp) FindBirth(header.Height - 1, before);
        if (_storing != 0) return true;
        if (State == ClaimantState.Sealed)
        {
            if (_born != 0 && header.Height <= LastClaimHeight) KeepCovered(certificate);
            CheckInclusion();
        }

        if (_storing == 0 && State == ClaimantState.Logged) RevealWhenClosed();
        if (_storing == 0 && State is ClaimantState.Revealed && _height > FinalHeight + _genesis.ClaimWindow)
            BeginAgain("the reveal was not certified in its window");
        return true;
    }

    /// <summary>A height is the birth of one timestamp: the tick after the one certified before it.</summary>
    private void FindBirth(uint heightBefore, RoutingTick tickBefore)
    {
        if (tickBefore.TryNext(out var timestamp) && timestamp == _sealed!.Timestamp) _born = heightBefore + 1;
        else _born = Never; // skipped: no height gives birth to it
    }

    /// <summary>Proves from tiles that a certified log holds the claim; asks for the tiles it lacks.</summary>
    private void CheckInclusion()
    {
        if (State != ClaimantState.Sealed || _born == 0) return;
        foreach (var (member, (head, height)) in _covered.OrderBy(covered => covered.Value.Height))
        {
            var index = (long)_receipts[member].LeafIndex;
            var shelf = new Shelf(this, _members[member].Id);
            if (Merkle.TryProveInclusion(new TileHashes(shelf, (long)head.Size), index, (long)head.Size, out var path))
            {
                if (Merkle.VerifyInclusion(Merkle.LeafHash(_sealed!.Text), index, (long)head.Size, path, head.Root))
                {
                    Save(_record with { State = ClaimantState.Logged, Certified = height }, _ => RevealWhenClosed());
                    return;
                }

                Accuse(member, head, index, shelf, path);
                foreach (var tile in _tiles.Keys.Where(t => t.Item1 == _members[member].Id).ToArray()) _tiles.Remove(tile);
                continue; // a wrong tile, or a broken receipt: ask again elsewhere
            }

            if (shelf.Missing is { } missing) AskOnce(Any(), new HubQuestion.LogTile(_members[member].Id, missing));
        }

        if (_height < LastClaimHeight && _born < Never) return;
        if (_covered.Count == 0 || _height > FinalHeight) BeginAgain("no certificate of the claim window covers the claim");
    }

    // A wrong tile convicts nobody; another leaf under the admin's own head does.
    private void Accuse(int member, in LogHead head, long index, Shelf shelf, Bytes32[] path)
    {
        if (!_heads.TryGetValue(member, out var message) || message.Head != head
            || !new TileHashes(shelf, (long)head.Size).TryHash(0, index, out var other)
            || !Merkle.VerifyInclusion(other, index, (long)head.Size, path, head.Root) || !_accused.Add(member)) return;
        _events.Enqueue(new ClaimantEvent.Convicted(FraudProof.OfReceipt(_receipts[member], message, _sealed!.Text, [other, .. path])));
    }

    private bool TakeTile(HubQuestion.LogTile question, ReadOnlySpan<byte> body)
    {
        if (body.Length < question.Tile.Width * Bytes32.Size) return false;
        _tiles[(question.Admin, question.Tile)] = body.ToArray();
        CheckInclusion();
        return true;
    }

    private void RevealWhenClosed()
    {
        if (State == ClaimantState.Logged && _storing == 0 && _height >= LastClaimHeight)
            Save(_record with { State = ClaimantState.Revealed }, null);
    }

    private byte[] RevealText => Reveal.Sign(_genesis.Hash, _sealed!.Identity, _record.Seed, _claimKey).Write();

    /// <summary>The claim is certified: nobody can come before it, so whoever has its reveal can only delay it.</summary>
    private void EntrustReveal()
    {
        if (!_wish.Entrusts) return;
        for (var (i, wanted) = (0, Submissions - _entrusted.Count); i < _members.Count && wanted > 0; i++)
        {
            var member = (_turn + i) % _members.Count;
            if (_entrusted.Contains(member)) continue;
            AskOnce(member, new HubQuestion.Entrust(RevealText));
            wanted--;
        }
    }

    private void SubmitReveal()
    {
        var wanted = Submissions - _revealed.Count;
        var reveal = RevealText;
        for (var i = 0; i < _members.Count && wanted > 0; i++)
        {
            var member = (_turn + i) % _members.Count;
            if (_revealed.Contains(member)) continue;
            AskOnce(member, new HubQuestion.Reveal(reveal));
            wanted--;
        }
    }

    private bool TakeRevealReceipt(int member, ReadOnlySpan<byte> body)
    {
        if (!Receipt.TryRead(body, out var receipt) || receipt.Admin != _members[member].Id
            || !receipt.IsSignedBy(_members[member].Key)) return false;
        _revealed.Add(member);
        return false;
    }

    private bool TakeProof(HubQuestion.Ownership question, ReadOnlySpan<byte> body)
    {
        if (_storing != 0 || question.Id != Id || !OwnershipProof.TryRead(body, out var proof)
            || proof.Verify(_genesis.Hash, _epochs, question.Id, out var header) is not null
            || header.Height < _height && header.Height < FinalHeight) return false;
        var title = proof.Title;
        var mine = title is not null && title.DeedHash == _deed!.TextHash;
        if (mine && title!.Status == TitleStatus.Final) Save(_record with { State = ClaimantState.Final }, null);
        else if (mine && State == ClaimantState.Revealed) Save(_record with { State = ClaimantState.Provisional }, null);
        else if (!mine && header.Height >= FinalHeight)
            BeginAgain(title?.Status == TitleStatus.Void
                ? "another deed of the same height has the same ID, so it is nobody's"
                : "an earlier claim has the same ID, or the reveal came too late");
        else return false; // ask again, but not at once
        return true;
    }

    /// <summary>The tiles that were fetched, and the first that is missing.</summary>
    private sealed class Shelf(Claimant owner, RoutingId admin) : ITileReader
    {
        public Tile? Missing { get; private set; }

        public bool TryReadTile(Tile tile, out ReadOnlyMemory<byte> hashes)
        {
            var found = owner._tiles.TryGetValue((admin, tile), out var bytes);
            hashes = bytes;
            if (!found) Missing ??= tile;
            return found;
        }
    }
}
