using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>What speaks against what notaries have signed, in the order of the checks.</summary>
internal enum NotaryFault
{
    TooMany,
    UnknownKey,
    OtherAudience,
    OtherNonce,
    OtherAddress,
    OutOfTime,
    NotSigned,
    TooFewOperators,
}

/// <summary>
/// The notaries that a verifier has named, and how many operators of them must say the same. Two keys of one operator
/// are one voice. Spec: notary.md §5.3.
/// </summary>
/// <param name="needed">How many distinct operators.</param>
internal sealed class NotaryPanel(int needed)
{
    public static readonly TimeSpan Patience = TimeSpan.FromHours(1); // notary.md §6: a card is asked for again
    public static readonly TimeSpan CardLife = TimeSpan.FromDays(1); // notary.md §6
    public static readonly TimeSpan Skew = TimeSpan.FromHours(13); // notary.md §6: clocks are right within 12 hours
    public const int MaxStatements = 8; // notary.md §6

    private readonly Dictionary<VerifyKey, string> _operators = []; // by root
    private readonly Dictionary<VerifyKey, NotaryCard> _cards = [];
    private readonly Dictionary<string, (string Operator, VerifyKey Root, NotaryKey Key)> _keys = []; // by kid

    public int Needed => needed;

    /// <summary>Names a notary by the key that signs its card, and who runs it.</summary>
    public void Name(in VerifyKey root, string @operator) => _operators[root] = @operator;

    /// <summary>Whether that many operators have shown their keys.</summary>
    public bool CanDecide => _keys.Values.Select(key => key.Operator).Distinct().Count() >= needed;

    public IReadOnlyCollection<string> Operators => [.. _operators.Values.Distinct()];

    /// <summary>A notary's card; false if it is nobody's whom we named, older than the one we have, or stale.</summary>
    public bool TryTake(DateTimeOffset now, NotaryCard card)
    {
        if (!_operators.TryGetValue(card.Root, out var name) || card.Written > now + Skew || card.Written < now - CardLife - Skew) return false;
        if (_cards.TryGetValue(card.Root, out var old) && old.Written > card.Written) return false;
        _cards[card.Root] = card;
        foreach (var (kid, key) in _keys)
            if (key.Root == card.Root) _keys.Remove(kid);
        foreach (var key in card.Keys) _keys.TryAdd(key.Kid, (name, card.Root, key)); // who shows another's key does not take it from him
        return true;
    }

    /// <summary>What speaks against these statements; null if enough operators say the same, and none says otherwise.</summary>
    /// <param name="now">Now.</param>
    /// <param name="statements">As they were shown.</param>
    /// <param name="me">Who verifies, as in the statements.</param>
    /// <param name="nonce">The one that was made for this.</param>
    /// <param name="address">Where they must have seen it come from.</param>
    public NotaryFault? FaultOf(DateTimeOffset now, IReadOnlyCollection<NotaryStatement> statements, string me, in Bytes32 nonce, UInt128 address)
    {
        if (statements.Count > MaxStatements) return NotaryFault.TooMany;
        HashSet<string> voices = [];
        foreach (var statement in statements)
        {
            if (!_keys.TryGetValue(statement.Kid, out var key)) return NotaryFault.UnknownKey;
            if (statement.Audience != me) return NotaryFault.OtherAudience;
            if (statement.Nonce != nonce) return NotaryFault.OtherNonce;
            if (statement.Observed.Address != address) return NotaryFault.OtherAddress;
            // The nonce is the clock; but a key that is not of these days signs nothing, nor who is off by more than clocks are.
            if (statement.Issued < key.Key.From || statement.Issued >= key.Key.Until || statement.Issued > now + Skew || statement.Issued < now - Skew)
                return NotaryFault.OutOfTime;
            if (!statement.IsSignedBy(key.Key.Public)) return NotaryFault.NotSigned;
            voices.Add(key.Operator);
        }

        return voices.Count >= needed ? null : NotaryFault.TooFewOperators;
    }
}
