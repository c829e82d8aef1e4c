using System.Buffers.Binary;

namespace Hawser.Chain;

/// <summary>Which ledger: messages of one mean nothing on another. Spec: chain.md §4.1.</summary>
/// <param name="Name">As a node calls it.</param>
/// <param name="Magic">The four bytes that begin every message between its nodes, in their order.</param>
/// <param name="Prefix">Of its addresses.</param>
internal sealed record LedgerNetwork(string Name, uint Magic, string Prefix)
{
    public const int MagicSize = 4;

    public static readonly LedgerNetwork Main = new("main", 0xf9beb4d9, "bc");
    public static readonly LedgerNetwork Test = new("test", 0x0b110907, "tb");
    public static readonly LedgerNetwork Test4 = new("testnet4", 0x1c163f28, "tb");
    public static readonly LedgerNetwork Signet = new("signet", 0x0a03cf40, "tb");
    public static readonly LedgerNetwork Regtest = new("regtest", 0xfabfb5da, "bcrt");

    /// <summary>Null for one that is not known here.</summary>
    public static LedgerNetwork? Of(string name) => ((LedgerNetwork[])[Main, Test, Test4, Signet, Regtest]).FirstOrDefault(known => known.Name == name);

    public void WriteMagic(Span<byte> target) => BinaryPrimitives.WriteUInt32BigEndian(target, Magic);
}
