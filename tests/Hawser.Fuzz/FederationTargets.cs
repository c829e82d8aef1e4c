using System.Text;
using Hawser.Crypto;
using Hawser.Federation;
using Hawser.Tests.Federation;

namespace Hawser.Fuzz;

/// <summary>What all parsers of the federation keep: what reads writes back the same bytes.</summary>
internal static class FederationSeeds
{
    public static readonly Founders Founders = new(4);
    public static readonly AgreementMessage[] Messages = MakeMessages();

    public static void Same(ReadOnlySpan<byte> input, ReadOnlySpan<byte> again)
    {
        if (!input.SequenceEqual(again)) throw new InvalidDataException("not canonical");
    }

    private static AgreementMessage[] MakeMessages()
    {
        var genesis = Founders.Genesis;
        var (key, id) = (Founders.Keys[0], genesis.Founders[0].Id);
        var heads = Enumerable.Range(0, 4).Select(i => AgreementMessage.MakeHead(
            genesis.Hash, 1, genesis.Founders[i].Id, Founders.Keys[i], genesis.FirstTick, LogHead.Empty)).ToArray();
        var value = AgreedValue.Of(genesis.Hash, 1, genesis.Hash, heads, [.. Enumerable.Repeat(LogHead.Empty, 4)]);
        return
        [
            .. heads,
            AgreementMessage.MakePropose(genesis.Hash, 1, id, key, 0, -1, value.Bytes),
            AgreementMessage.MakeVote(genesis.Hash, MessageKind.Prevote, 1, id, key, 0, value.Id),
            AgreementMessage.MakeAttest(new(genesis.Hash, 1, genesis.FirstTick, value.Id, value.Id), id, key),
        ];
    }
}

internal sealed class GenesisTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [Encoding.UTF8.GetBytes(FederationSeeds.Founders.Genesis.ToString())];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Genesis.TryRead(input, out var genesis)) FederationSeeds.Same(input, Encoding.UTF8.GetBytes(genesis.ToString()));
    }
}

internal sealed class HeaderTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [FederationSeeds.Messages[^1].HeaderFor(FederationSeeds.Founders.Genesis.Hash).Text];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (Header.TryRead(input, out var header)) FederationSeeds.Same(input, header.Text);
    }
}

internal sealed class AgreementMessageTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [.. FederationSeeds.Messages.Select(m => m.Bytes)];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (AgreementMessage.TryRead(input, FederationSeeds.Founders.Genesis.Hash, out var m)) FederationSeeds.Same(input, m.Bytes);
    }
}

internal sealed class AgreedValueTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [FederationSeeds.Messages[4].Value];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (!AgreedValue.TryRead(input, out var v)) return;
        FederationSeeds.Same(input, AgreedValue.Of(v.Genesis, v.Height, v.Previous, v.Heads, v.Vector).Bytes);
    }
}

internal sealed class TickCertificateTarget : IFuzzTarget
{
    private static readonly Members Members = FederationSeeds.Founders.Genesis.Founders;

    public static byte[][] Seeds { get; } = [Sample()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (TickCertificate.TryRead(input, Members, out var certificate)) FederationSeeds.Same(input, certificate.Write(Members));
    }

    private static byte[] Sample()
    {
        var genesis = FederationSeeds.Founders.Genesis;
        if (!AgreedValue.TryRead(FederationSeeds.Messages[4].Value, out var value)) throw new InvalidDataException();
        var rest = new HeaderRest(genesis.Hash, value.VectorHash, Members.Hash, Sha256.Hash("pending"u8), 1);
        var header = new Header(genesis.Hash, 1, genesis.FirstTick, value.Id, rest.Hash);
        return new TickCertificate
        {
            Header = header, Rest = rest, Value = value,
            Attestations = [new(Members[0].Id, Hawser.Wire.Bytes64.Read(FederationSeeds.Founders.Keys[0].Sign(header.Text)))],
        }.Write(Members);
    }
}

internal sealed class VoteBatchTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new VoteBatch(7, [.. FederationSeeds.Messages.Select(m => m.Bytes)]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (VoteBatch.TryRead(input, out var batch)) FederationSeeds.Same(input, batch.Write());
    }
}

internal sealed class VoteRecordTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new VoteRecord(7, 2, AgreementStep.Prevote, 1, [1, 2], -1, [], [FederationSeeds.Messages[5].Bytes]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (VoteRecord.TryRead(input, out var record)) FederationSeeds.Same(input, record.Write());
    }
}

internal sealed class LeavesRequestTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } =
        [new LeavesRequest(FederationSeeds.Founders.Genesis.Founders[1].Id, 3, new(7, Sha256.Hash("root"u8))).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (LeavesRequest.TryRead(input, out var request)) FederationSeeds.Same(input, request.Write());
    }
}

internal sealed class LeavesAnswerTarget : IFuzzTarget
{
    public static byte[][] Seeds { get; } = [new LeavesAnswer([[1, 2, 3], [4]]).Write()];

    public static void Fuzz(ReadOnlySpan<byte> input)
    {
        if (LeavesAnswer.TryRead(input, out var answer)) FederationSeeds.Same(input, answer.Write());
    }
}
