using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>A claimant that goes off at once gives its admins shares of its reveal; one that shows its ID asks for its rivals.</summary>
internal sealed partial class Claimant
{
    private HashSet<Wire.Bytes32> _keepers = []; // keys of admins that keep a share
    private (uint Height, TentativeAnswer Said)? _answered;

    /// <summary>What an admin said last of how the claim stands.</summary>
    public TentativeAnswer? Standing => _answered?.Said;

    /// <summary>
    /// A share for each admin that has the claim, numbered by its place in the list that the ticket was taken under: so after
    /// a crash too everybody gets the same one again, and nobody ever two.
    /// </summary>
    private void HandOutShares()
    {
        if (!_wish.Shares || _sealed is null || _epochs.At(_record.FromHeight + 1) is not { } numbered) return;
        foreach (var member in _receipts.Keys.ToArray())
        {
            var admin = _members[member];
            if (_keepers.Contains(admin.Key.Bytes) || numbered.PlaceOf(admin.Id) is not (var place and >= 0)) continue;
            AskOnce(member, new HubQuestion.Share(RevealShare.Make(
                _sealed, new(_record.Seed), _claimKey, admin.Id, (byte)numbered.Witness, (byte)(place + 1)).Write()));
        }
    }

    private bool TakeShareKept(int member)
    {
        if (_keepers.Add(_members[member].Key.Bytes)) _events.Enqueue(new ClaimantEvent.Shared(_keepers.Count, Submissions));
        return false;
    }

    // Once for each height, until it is revealed: rivals may come as long as the window is open.
    private void AskStanding()
    {
        if (_wish.Blind || _sealed is null || _receipts.Count == 0 || _answered is var (height, _) && height >= _height) return;
        var holders = _receipts.Keys.Order().ToArray();
        AskOnce(holders[_turn++ % holders.Length], new HubQuestion.Tentative(_sealed.Identity));
    }

    private bool TakeTentative(int member, ReadOnlySpan<byte> body)
    {
        if (_sealed is null || !TentativeAnswer.TryRead(body, out var answer) || answer.Genesis != _genesis.Hash || answer.Claim != _sealed.Identity
            || answer.Admin != _members[member].Id || !answer.IsSignedBy(_members[member].Key)) return false;
        _answered = (_height, answer);
        _events.Enqueue(new ClaimantEvent.Answered(answer));
        return false;
    }
}
