using Hawser.Crypto;
using Hawser.Naming;
using Hawser.Tests.Sim;

namespace Hawser.Fuzz;

/// <summary>Records that are in order: the mutator starts from these.</summary>
internal static class RecordSeeds
{
    private static readonly SimRandom Random = new(37);
    private static readonly SigningKey Holder = SigningKey.Generate(Random), Next = SigningKey.Generate(Random), Recovery = SigningKey.Generate(Random);
    private static readonly Wire.Bytes32 Genesis = Sha256.Hash("genesis"u8), Previous = Sha256.Hash("previous"u8);

    static RecordSeeds()
    {
        var id = NamingSeeds.Deed.Id;
        var content = NamingSeeds.Deed.Fields.Content with { ClaimKey = Next.Public, RecoveryHash = Previous };
        Transfer = DeedRecord.Complete(DeedRecord.Accept(Genesis, id, 1, Previous, content, Next), Holder).Text;
        Cancel = DeedRecord.Sign(Genesis, id, RecordKind.Cancel, 2, Previous, null, Holder).Text;
        Recover = DeedRecord.Recover(Genesis, id, 3, Previous, content, Next, Recovery).Text;
        Offer = TransferOffer.Sign(Genesis, id, 1, Previous, Holder).Write();
        Locator = Hawser.Naming.Locator.Sign(Genesis, id, 1, [id], 1_800_000_000, Holder).Write();
    }

    public static byte[] Transfer { get; }
    public static byte[] Cancel { get; }
    public static byte[] Recover { get; }
    public static byte[] Offer { get; }
    public static byte[] Locator { get; }
}

internal sealed class DeedRecordTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [RecordSeeds.Transfer, RecordSeeds.Cancel, RecordSeeds.Recover];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (DeedRecord.TryRead(input, out var record)) NamingSeeds.MustEqual(record.Text, input);
        if (DeedRecord.ParseAcceptance(input, out var draft) is null) NamingSeeds.MustEqual(draft!.Text, input);
    }
}

internal sealed class TransferOfferTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [RecordSeeds.Offer];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TransferOffer.TryRead(input, out var offer)) NamingSeeds.MustEqual(offer.Write(), input);
    }
}

internal sealed class LocatorTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [RecordSeeds.Locator];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Locator.TryRead(input, out var locator)) NamingSeeds.MustEqual(locator.Write(), input);
    }
}

internal sealed class FraudProofTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new Hawser.Federation.FraudProof(default, Hawser.Federation.FraudKind.BrokenReceipt, default, [1, 2, 3], [4, 5]) { Leaf = [6], Path = new byte[64] }.Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Hawser.Federation.FraudProof.TryRead(input, out var proof)) NamingSeeds.MustEqual(proof.Write(), input);
    }
}
