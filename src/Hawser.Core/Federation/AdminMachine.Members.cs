using Hawser.Crypto;

namespace Hawser.Federation;

/// <summary>Votes of this hub's people, and proofs against admins. Spec: membership.md §5.</summary>
internal sealed partial class AdminMachine
{
    private readonly HashSet<Naming.RoutingId> _logged = []; // accused by a leaf of mine

    private void AskOwnVote(long number, ReadOnlySpan<byte> body)
    {
        if (!MemberVote.TryRead(body, out var vote) || vote.Genesis != _genesis.Hash) Refuse(number, "this is no vote");
        else if (!MayServe(number)) return;
        else if (!vote.Change.IsPossible(_genesis.Hash, Members)) Refuse(number, "the change cannot be made with the admins as they are now");
        else Log(number, body.ToArray());
    }

    private void AskEvidence(long number, in HostPort from, ReadOnlySpan<byte> body)
    {
        if (!FraudProof.TryRead(body, out var proof) || proof.Genesis != _genesis.Hash)
            Refuse(number, "this is no proof against an admin of this federation");
        else if (_fold.Roster.IsFrozen(proof.Admin)) Answer(number, AdminStatus.Ok, []);
        else if (!Spend(from)) Refuse(number, "too many proofs from your network; ask again at the next tick", AdminStatus.Busy);
        else if (proof.Verify(_genesis.Hash, _epochs) is { } why) Refuse(number, $"it convicts nobody: {why}");
        else
        {
            Convict(proof);
            Answer(number, AdminStatus.Ok, []);
        }
    }

    /// <summary>Keeps a proof, and puts it on my log where the fold would act on it.</summary>
    private void Convict(FraudProof proof)
    {
        if (proof.Verify(_genesis.Hash, _epochs) is not null) return;
        _events.Enqueue(new AdminEvent.Convicted(proof));
        if (IsSilent || Me is not { } me || me.Id == proof.Admin || _fold.Roster.IsFrozen(me.Id) || _fold.Roster.IsFrozen(proof.Admin)
            || !_logged.Add(proof.Admin) || proof.Verify(_genesis.Hash, Epochs.Only(_epochs.NewestFrom, _epochs.Newest)) is not null) return;
        var leaf = proof.Write();
        if (LogEntry.KindOf(leaf) is LogEntryKind.Evidence && !_pendingLeaves.Contains(Sha256.Hash(leaf.AsSpan()))) Append(leaf);
    }
}
