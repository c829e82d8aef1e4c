namespace Hawser.Rendezvous;

/// <summary>
/// How many punches one address may get from this node, whoever asked for them: a peer that names a victim's address
/// as its own gains thirty small datagrams a minute, and all of its kind together no more. Spec: punch.md §5.
/// </summary>
internal sealed class PunchBudget
{
    public const int PerAddress = 30; // punch.md §6
    private const int MaxAddresses = 4_096;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Dictionary<UInt128, Spending> _spent = [];

    /// <summary>Punches that were held back.</summary>
    public long Denied { get; private set; }

    public bool TrySpend(Instant now, in HostPort target)
    {
        var key = target.IsIPv4 ? target.Address : target.Address >> 64; // a host has its whole /64
        if (!_spent.TryGetValue(key, out var spending) || now - spending.Since >= Window)
        {
            if (!_spent.ContainsKey(key) && _spent.Count >= MaxAddresses) Sweep(now);
            if (_spent.Count >= MaxAddresses) { Denied++; return false; }
            spending = new(now, 0);
        }

        if (spending.Count >= PerAddress) { Denied++; return false; }
        _spent[key] = spending with { Count = spending.Count + 1 };
        return true;
    }

    private void Sweep(Instant now)
    {
        foreach (var (key, spending) in _spent)
            if (now - spending.Since >= Window) _spent.Remove(key);
    }

    private readonly record struct Spending(Instant Since, int Count);
}
