using Hawser.Crypto;

namespace Hawser.Proof;

/// <summary>A key that notaries sign with for a while, as it is published.</summary>
/// <param name="Public">The key.</param>
/// <param name="From">It signs nothing before.</param>
/// <param name="Until">It signs nothing from then on.</param>
internal sealed record NotaryKey(VerifyKey Public, DateTimeOffset From, DateTimeOffset Until)
{
    public string Kid { get; } = NotaryStatement.KidOf(Public);
}
