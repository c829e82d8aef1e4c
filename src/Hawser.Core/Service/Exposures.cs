namespace Hawser.Service;

/// <summary>A service on offer: nobody may use it until somebody is named.</summary>
/// <param name="Name">What peers call it.</param>
/// <param name="Target">What stands behind.</param>
/// <param name="For">Who may use it; empty: nobody.</param>
internal sealed record Exposure(ServiceName Name, Target Target, IReadOnlyList<Who> For)
{
    /// <summary>May he?</summary>
    public bool Allows(in Caller caller)
    {
        foreach (var who in For)
            if (who.Includes(caller)) return true;
        return false;
    }
}

/// <summary>The table of exposures: a value, replaced as a whole when a rule changes. Spec: service.md §5.</summary>
internal sealed class Exposures
{
    /// <summary>Nothing for nobody.</summary>
    public static readonly Exposures None = new([]);

    private readonly SortedDictionary<string, Exposure> _byName;

    private Exposures(SortedDictionary<string, Exposure> byName) => _byName = byName;

    /// <summary>In the order of their names.</summary>
    public IEnumerable<Exposure> All => _byName.Values;

    /// <summary>A table with these; a later one of the same name stands.</summary>
    public static Exposures Of(params ReadOnlySpan<Exposure> exposures)
    {
        var table = new SortedDictionary<string, Exposure>(StringComparer.Ordinal);
        foreach (var exposure in exposures) table[exposure.Name.ToString()] = exposure;
        return new(table);
    }

    /// <summary>The same table with one more, or another in its place.</summary>
    public Exposures With(Exposure exposure) => Of([.. All, exposure]);

    /// <summary>The same table without one.</summary>
    public Exposures Without(ServiceName name) => Of([.. All.Where(e => e.Name != name)]);

    /// <summary>The table in which one more may use what is offered; the same if it is not.</summary>
    public Exposures Allow(ServiceName name, Who who) =>
        _byName.TryGetValue(name.ToString(), out var exposure) && !exposure.For.Contains(who)
            ? With(exposure with { For = [.. exposure.For, who] })
            : this;

    /// <summary>Whether a caller has anything to look for here: the scope without which no handshake is answered.</summary>
    public bool HasScope(in Caller caller)
    {
        foreach (var exposure in _byName.Values)
            if (exposure.Allows(caller)) return true;
        return false;
    }

    /// <summary>
    /// The target of an open request; null is the one answer to what is not there and what is not for him.
    /// Ping needs no exposure, only a channel: whoever has one has a scope.
    /// </summary>
    public Target? Decide(ServiceName name, in Caller caller)
    {
        if (name == ServiceName.Ping) return new Target.BuiltIn();
        return _byName.TryGetValue(name.ToString(), out var exposure) && exposure.Allows(caller)
            ? exposure.Target
            : null;
    }
}
