using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tlog;
using Hawser.Wire;

namespace Hawser.Federation;

/// <summary>What people ask of an admin: tickets, claims, reveals, records.</summary>
internal sealed partial class AdminMachine
{
    private const int RequestsPerPrefix = 256; // federation.md §6: tickets and reveals, per height

    private readonly Dictionary<UInt128, int> _spent = []; // requests of a prefix in the open height
    private readonly Dictionary<Bytes32, Promise> _receipts = []; // by SHA-256 of the leaf
    private readonly HashSet<Bytes32> _pendingLeaves = [];
    private (RoutingTick Timestamp, int Issued) _tickets;
    private TicketNumbers? _numbers;
    private uint _spentHeight;

    private void AskTicket(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (!TicketRequest.TryRead(body, out var request))
        {
            Refuse(number, "this is no ticket request");
            return;
        }

        if (request.Genesis != _genesis.Hash)
        {
            Refuse(number, "this is another federation");
            return;
        }

        if (!MayServe(number)) return;
        if (!LastTick.TryNext(out var timestamp))
        {
            Refuse(number, "there are no timestamps after 2046");
            return;
        }

        if (!Spend(from))
        {
            Refuse(number, "your network has used up its tickets of this tick; ask another admin, or at the next tick", AdminStatus.Busy);
            return;
        }

        if (_tickets.Timestamp != timestamp || _tickets.Issued == 0) _tickets = (timestamp, _reader.Tickets(timestamp));
        if (_tickets.Issued >= _genesis.MaxClaims)
        {
            Refuse(number, "this admin has used up its tickets of this tick; ask another one, or at the next tick", AdminStatus.Busy);
            return;
        }

        _tickets.Issued++;
        if (_numbers?.Timestamp != timestamp) _numbers = new(timestamp, _entropy);
        var ticket = ClaimTicket.Issue(_genesis.Hash, Me!.Id, _agreement.Key!, _numbers.Next(), request.SealHash);
        var answer = ticket.Write(_genesis.Hash);
        Save(new AdminRecord.Tickets(timestamp, _tickets.Issued), _ => Answer(number, AdminStatus.Ok, answer));
    }

    private void AskClaim(long number, ReadOnlySpan<byte> body, ClaimCheck? check)
    {
        var claim = check?.Claim;
        if (claim is null && !SealedClaim.TryRead(body, out claim))
        {
            Refuse(number, "this is no sealed claim");
            return;
        }

        if (AnswerAgain(number, body)) return;
        if (!MayServe(number)) return;
        var issuers = IssuersOf(claim.Timestamp);
        var issuer = issuers.PlaceOf(claim.Ticket.Issuer);
        if (claim.Genesis != _genesis.Hash) Refuse(number, "this is another federation");
        else if (issuer < 0) Refuse(number, "the ticket's issuer is no member");
        else if (!_fold.Roster.MayIssue(claim.Ticket.Issuer, claim.Timestamp)) Refuse(number, "the ticket's issuer was convicted; take a ticket of another admin");
        else if (!IsTimely(claim.Timestamp)) Refuse(number, "untimely: the claim window of this ticket has closed; take a new ticket");
        else if (check is null || check.IssuerKey != issuers[issuer].Key) AskClaim(number, body, ClaimCheck.Of(body, _genesis, issuers));
        else if (!check.TicketHolds) Refuse(number, "the ticket was not issued for this seal key");
        else if (!check.SealHolds) Refuse(number, "the seal signature does not hold");
        else
        {
            NoteFresh(claim);
            Log(number, body.ToArray());
        }
    }

    private void AskReveal(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (!Reveal.TryRead(body, out var reveal))
        {
            Refuse(number, "this is no reveal");
            return;
        }

        if (AnswerAgain(number, body)) return;
        if (!MayServe(number)) return;
        if (reveal.Genesis != _genesis.Hash) Refuse(number, "this is another federation");
        else if (!Spend(from)) Refuse(number, "too many reveals from your network; ask again at the next tick", AdminStatus.Busy);
        else Log(number, body.ToArray());
    }

    private void AskRecord(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (DeedRecord.Parse(body, out var record) is { } wrong)
        {
            Refuse(number, $"this is no record: {wrong}");
            return;
        }

        if (AnswerAgain(number, body)) return;
        if (!MayServe(number)) return;
        if (record!.Genesis != _genesis.Hash) Refuse(number, "this is another federation");
        else if (_fold.Judge(record) is { } why) Refuse(number, SayOf(why));
        else if (!Spend(from)) Refuse(number, "too many records from your network; ask again at the next tick", AdminStatus.Busy);
        else Log(number, body.ToArray());
    }

    private static string SayOf(RecordRefusal why) => why switch
    {
        RecordRefusal.NobodysId => "nobody holds this ID, so nobody can change it",
        RecordRefusal.OutOfOrder => "the record does not follow the ID's present text: look it up again",
        RecordRefusal.ChangeWaits => "a transfer or cancellation of this ID waits; only its recovery key can speak now",
        RecordRefusal.NotFinal => "the ID is provisional, and so can only be altered",
        RecordRefusal.RanOut => "the ID has run out, and can only be renewed",
        RecordRefusal.RenewedTooEarly => "the ID can be renewed only near the end of its life",
        RecordRefusal.KeepsKeys => "a renewal or alteration leaves claim key and recovery key as they are; transfer the ID to yourself",
        RecordRefusal.NotTheRecoveryKey => "that is not the ID's recovery key",
        RecordRefusal.BadSignature => "the ID's holder did not sign this record",
    };

    // Whatever others bring needs a log that goes on.
    private bool MayServe(long number)
    {
        if (Me is not { } me) Refuse(number, "this hub is no admin at present; ask another one", AdminStatus.Busy);
        else if (_fold.Roster.IsFrozen(me.Id)) Refuse(number, "this admin was convicted of breaking the rules; ask another one", AdminStatus.Busy);
        else return true;
        return false;
    }

    /// <summary>The leaf first goes to disk; the receipt says which height will cover it.</summary>
    private void Log(long number, byte[] leaf) => Append(leaf, promise => Answer(number, promise),
        () => Refuse(number, "the admins have changed; ask again", AdminStatus.Busy));

    private void Append(byte[] leaf, Action<Promise>? promised = null, Action? lost = null)
    {
        var (index, me) = (_nextLeaf++, Me!.Id);
        var hash = Sha256.Hash(leaf.AsSpan());
        _pendingLeaves.Add(hash);
        Save(new AdminRecord.OwnLeaf(me, index, leaf), _ =>
        {
            _pendingLeaves.Remove(hash);
            if (_replicas.Me != me || _replicas.OwnSize != index || _agreement.Key is not { } key)
            {
                if (_pendingLeaves.Count == 0) _nextLeaf = _replicas.OwnSize;
                lost?.Invoke();
                return;
            }

            _replicas.AppendOwn(leaf);
            var promise = _receipts[hash] = new(_genesis.Hash, me, key, index, _agreement.CoveringHeight, hash);
            promised?.Invoke(promise);
        });
    }

    /// <summary>Who did not hear the answer asks again, and gets the same.</summary>
    private bool AnswerAgain(long number, ReadOnlySpan<byte> body)
    {
        var hash = Sha256.Hash(body);
        if (_receipts.TryGetValue(hash, out var known)) Answer(number, known);
        else if (_pendingLeaves.Contains(hash)) Refuse(number, "this is being written; ask again", AdminStatus.Busy);
        else return false;
        return true;
    }

    /// <summary>Whether a claim of this timestamp can still be certified in its window: h0 … h0 + C − 1.</summary>
    private bool IsTimely(RoutingTick timestamp)
    {
        if (!LastTick.TryNext(out var newest) || timestamp > newest) return false;
        var first = _ticks.Find(t => t.Tick >= timestamp);
        if (first.Height == 0) return true; // its height is the open one
        if (first == _ticks[0] && first.Height > 1) return false; // it may be of any height before
        return _agreement.CoveringHeight < first.Height + _genesis.ClaimWindow;
    }

    // Those of the height that gave birth to it, as far as that is remembered.
    private Members IssuersOf(RoutingTick timestamp) =>
        _ticks.Find(t => t.Tick >= timestamp) is { Height: > 0 and var born } ? _epochs.At(born) ?? Members : Members;

    private bool Spend(in HostPort from)
    {
        if (_spentHeight != Height) _spent.Clear();
        _spentHeight = Height;
        var prefix = from.Address >> (from.IsIPv4 ? 8 : 80); // /24, /48
        var spent = _spent.GetValueOrDefault(prefix);
        if (spent >= RequestsPerPrefix) return false;
        _spent[prefix] = spent + 1;
        return true;
    }

    private void ForgetOldClaims(uint height)
    {
        var keep = _genesis.ClaimWindow + _genesis.RevealWindow;
        foreach (var (hash, known) in _receipts.ToArray())
            if (known.Height + keep < height) _receipts.Remove(hash);
    }

    private void AskCheckpoint(long number)
    {
        if (Me is not { } me || _agreement.Key is not { } key)
        {
            Answer(number, AdminStatus.NotFound, []);
            return;
        }

        var head = _replicas.Own;
        var text = new Checkpoint($"hawser/{_genesis.Hash}/{me.Id}", (long)head.Size, head.Root).ToString();
        Answer(number, AdminStatus.Ok, new SignedNote(text, [SignedNote.Sign(me.NoteKey.Name, key, text)]).Write());
    }
}
