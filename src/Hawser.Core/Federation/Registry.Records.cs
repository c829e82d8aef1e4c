using Hawser.Naming;

namespace Hawser.Federation;

/// <summary>What happens to IDs that are somebody's: records, and the end of their life. Spec: records.md §5.</summary>
internal sealed partial class Registry
{
    private readonly SortedDictionary<RoutingId, DeedRecord> _waiting = []; // for the recovery key's word
    private readonly SortedDictionary<RoutingTick, List<RoutingId>> _expiries = []; // of final IDs: looked at when their tick comes
    private readonly SortedDictionary<RoutingId, uint> _ranOut = []; // in their grace: the height that found them so

    private readonly Dictionary<string, RoutingId[]> _hubSets = [];

    public RecordRefusal? Judge(DeedRecord record)
    {
        if (!_state.TryFind(record.Id, out var title) || !title.IsSomebodys) return RecordRefusal.NobodysId;
        if (record.Number - 1 != title.Record || record.Previous != title.DeedHash) return RecordRefusal.OutOfOrder;
        if (title.ChangeHeight != 0 && record.Kind != RecordKind.Recover) return RecordRefusal.ChangeWaits;
        if (title.Status == TitleStatus.Provisional && record.Kind != RecordKind.Alter) return RecordRefusal.NotFinal;
        if (title.IsExpiredAt(_tick) && record.Kind != RecordKind.Renew) return RecordRefusal.RanOut;
        if (record.Kind == RecordKind.Recover)
        {
            return title.RecoveryHash.IsZero || DeedRecord.RecoveryHashOf(record.RecoveryKey) != title.RecoveryHash
                ? RecordRefusal.NotTheRecoveryKey
                : null; // reading it has checked its signatures
        }

        if (record.Kind == RecordKind.Renew && title.Expiry.Number - _tick.Number > _genesis.RenewalWindow)
            return RecordRefusal.RenewedTooEarly;
        if (record.Kind is RecordKind.Renew or RecordKind.Alter
            && (record.Content!.ClaimKey != title.ClaimKey || record.Content.RecoveryHash != title.RecoveryHash))
            return RecordRefusal.KeepsKeys;
        return record.IsSignedBy(title.ClaimKey) || IsRenewedForItsHolder(record) ? null : RecordRefusal.BadSignature;
    }

    // A claim key may be kept where no network is. Who stands in for it can keep the ID alive as it is, and no more.
    private bool IsRenewedForItsHolder(DeedRecord record) =>
        record.Kind == RecordKind.Renew && _deeds.TryGet(record.Id, out var text) && DeedRecord.ContentOf(text) is { } now
        && !now.DelegateKey.Bytes.IsZero && record.Content!.Lines() == now.Lines() && record.IsSignedBy(now.DelegateKey);

    private RegistryEvent? FoldRecord(ReadOnlySpan<byte> leaf)
    {
        if (!DeedRecord.TryRead(leaf, out var record) || record.Genesis != _genesis.Hash) return null;
        if (_state.TryFind(record.Id, out var title) && (title.DeedHash == record.TextHash || title.ChangeHash == record.TextHash))
            return null; // logged by another admin too
        if (Judge(record) is { } why) return new RegistryEvent.RecordRefused(record.Id, record.Number, why);
        if (record.Kind is RecordKind.Transfer or RecordKind.Cancel && !title!.RecoveryHash.IsZero)
        {
            var effect = Height + _genesis.RecoveryDelay;
            _waiting.Add(record.Id, record);
            Put(title with { ChangeHeight = effect, ChangeHash = record.TextHash });
            return new RegistryEvent.Waits(record.Id, record.Number, effect);
        }

        Apply(title!, record);
        return new RegistryEvent.Recorded(record.Id, record.Number, record.Kind);
    }

    private void Apply(Title title, DeedRecord record)
    {
        var id = record.Id;
        _waiting.Remove(id);
        _deeds.Set(id, record.Text);
        switch (record.Kind)
        {
            case RecordKind.Renew:
                // A late renewal is counted from now, an early one loses nothing.
                var expiry = After(title.Expiry > _tick ? title.Expiry : _tick, _genesis.Life);
                _ranOut.Remove(id);
                Expires(expiry, id);
                Put(Shared(title.With(record) with { Expiry = expiry }));
                break;
            case RecordKind.Alter:
            case RecordKind.Transfer:
            case RecordKind.Recover:
                Put(Shared(title.With(record)));
                break;
            case RecordKind.Cancel:
                _ranOut.Remove(id);
                Put(title.Ended(TitleStatus.Cancelled, record.Number, record.TextHash));
                break;
        }
    }

    /// <summary>What waited, and was not undone in time.</summary>
    private void TakeEffect()
    {
        if (_waiting.Count == 0) return;
        foreach (var record in _waiting.Values.ToArray())
        {
            if (!_state.TryFind(record.Id, out var title) || title.ChangeHeight > Height) continue;
            Apply(title, record);
            _happened.Add(new RegistryEvent.Recorded(record.Id, record.Number, record.Kind));
        }
    }

    /// <summary>IDs whose life is over at this tick, and those whose grace is.</summary>
    private void RunOut()
    {
        while (_expiries.Count > 0 && _expiries.First() is var (expiry, ids) && expiry <= _tick)
        {
            _expiries.Remove(expiry);
            foreach (var id in ids.Order())
            {
                // Renewed since, or given up.
                if (!_state.TryFind(id, out var title) || title.Status != TitleStatus.Final || title.Expiry != expiry || !_ranOut.TryAdd(id, Height)) continue;
                _happened.Add(new RegistryEvent.RanOut(id));
            }
        }

        if (_ranOut.Count == 0) return;
        foreach (var (id, since) in _ranOut.ToArray())
        {
            // As many heights as for a reveal: a federation that was halted has not spent the grace.
            if (!_state.TryFind(id, out var title) || Height - since < _genesis.RevealWindow
                || _tick < After(title.Expiry, _genesis.Grace)) continue;
            _ranOut.Remove(id);
            _waiting.Remove(id);
            _deeds.Remove(id);
            Put(title.Ended(TitleStatus.Lapsed, title.Record, title.DeedHash));
            _happened.Add(new RegistryEvent.LapsedForGood(id));
        }
    }

    private void Expires(RoutingTick expiry, RoutingId id)
    {
        if (!_expiries.TryGetValue(expiry, out var ids)) _expiries.Add(expiry, ids = []);
        ids.Add(id);
    }

    // A million titles name few sets of hubs.
    private Title Shared(Title title)
    {
        var name = string.Join(' ', title.Hubs);
        if (!_hubSets.TryGetValue(name, out var known)) _hubSets.Add(name, known = [.. title.Hubs]);
        return title with { Hubs = known };
    }

    private static RoutingTick After(RoutingTick tick, uint ticks)
    {
        if (!tick.TryAdd((int)ticks, out var sum)) RoutingTick.TryFromNumber(RoutingTick.Count - 1, out sum);
        return sum;
    }
}
