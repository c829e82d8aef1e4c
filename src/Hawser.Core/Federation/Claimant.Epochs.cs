namespace Hawser.Federation;

/// <summary>The admins may change while a claim is on its way.</summary>
internal sealed partial class Claimant
{
    private bool TakeEpoch(ReadOnlySpan<byte> body)
    {
        if (!_epochs.TryAdd(_genesis, body)) return false;
        _events.Enqueue(new ClaimantEvent.EpochEnded(body.ToArray()));
        if (!_headKnown) Follow(_epochs.Newest);
        AskOnce(Any(), new HubQuestion.Epoch(_epochs.Changes + 1)); // until there is none
        return true;
    }

    // The logs of a height, where a head covers what their admins promised.
    private void KeepCovered(TickCertificate certificate)
    {
        foreach (var (member, receipt) in _receipts)
        {
            var head = certificate.Value.Vector[member];
            if (_covered.ContainsKey(member) || head.Size <= receipt.LeafIndex) continue;
            _covered.Add(member, (head, certificate.Header.Height));
            if (certificate.Value.Heads.FirstOrDefault(h => h.Signer == _members[member].Id) is { } message) _heads[member] = message;
        }
    }

    /// <summary>What was kept of each member stays with it; who is no member any more is not asked again.</summary>
    private void Follow(Members next)
    {
        var before = _members;
        _members = next;
        Move(_receipts);
        Move(_covered);
        Move(_heads);
        foreach (var set in (ReadOnlySpan<HashSet<int>>)[_refused, _accused, _revealed])
            Replace(set, [.. set.Select(NewPlace).Where(place => place >= 0)]);
        foreach (var (number, asked) in _asked.ToArray())
        {
            if (NewPlace(asked.Member) is var place and >= 0) _asked[number] = asked with { Member = place };
            else _asked.Remove(number);
        }

        int NewPlace(int place) => next.PlaceOf(before[place].Id);

        void Move<T>(Dictionary<int, T> kept)
        {
            var all = kept.ToArray();
            kept.Clear();
            foreach (var (place, value) in all)
                if (NewPlace(place) is var now and >= 0) kept.Add(now, value);
        }
    }

    private static void Replace(HashSet<int> set, int[] places)
    {
        set.Clear();
        set.UnionWith(places);
    }
}
