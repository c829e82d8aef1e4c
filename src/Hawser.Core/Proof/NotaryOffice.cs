using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>What became of a request to a notary.</summary>
internal enum NotaryVerdict
{
    Signed,

    /// <summary>Nonce or audience are not what they must be.</summary>
    Malformed,

    /// <summary>A proxy that is trusted does not say who asks.</summary>
    ClientUnknown,

    /// <summary>It comes from an address that is nobody's on the internet: a proxy that is not trusted, most likely.</summary>
    NotPublic,

    /// <summary>No key is valid now.</summary>
    NoKey,
}

/// <summary>The notary: signs from where it was shown a nonce, and keeps nothing. Spec: notary.md §5.2.</summary>
internal sealed class NotaryOffice(NotaryKeyRing keys, bool allowsLoopback = false)
{
    private readonly long[] _counts = new long[Enum.GetValues<NotaryVerdict>().Length];

    public long Count(NotaryVerdict verdict) => _counts[(int)verdict];

    /// <param name="now">Now.</param>
    /// <param name="nonce">As it was asked with.</param>
    /// <param name="audience">As it was asked with.</param>
    /// <param name="client">Who asks; null if that is not known.</param>
    /// <param name="statement">What is signed.</param>
    public NotaryVerdict Notarize(DateTimeOffset now, string? nonce, string? audience, HostPort? client, out NotaryStatement? statement)
    {
        var verdict = TryNotarize(now, nonce, audience, client, out statement);
        _counts[(int)verdict]++;
        return verdict;
    }

    private NotaryVerdict TryNotarize(DateTimeOffset now, string? nonce, string? audience, HostPort? client, out NotaryStatement? statement)
    {
        statement = null;
        if (nonce is null || audience is null || !Bytes32.TryParse(nonce, out var bytes) || !NotaryStatement.IsAudience(audience)) return NotaryVerdict.Malformed;
        if (client is not { } observed) return NotaryVerdict.ClientUnknown;
        var mayState = AddressPolicy.KindOf(observed.Address) switch
        {
            AddressKind.Public => true,
            AddressKind.Loopback => allowsLoopback,
            AddressKind.Private or AddressKind.Forbidden => false,
        };
        if (!mayState) return NotaryVerdict.NotPublic;
        if (keys.Signing(now, out var kid) is not { } key) return NotaryVerdict.NoKey;
        statement = NotaryStatement.Sign(key, kid, audience, bytes, observed, now);
        return NotaryVerdict.Signed;
    }
}
