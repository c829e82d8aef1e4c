using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>A transaction that we make, or that a wallet made for us.</summary>
internal sealed record LedgerTransaction
{
    public uint Version { get; init; } = 2;

    public required LedgerInput[] Inputs { get; init; }

    public required LedgerOutput[] Outputs { get; init; }

    public uint LockTime { get; init; }

    public bool HasWitnesses => Inputs.Any(input => input.Witness.Length > 0);

    public Bytes32 Id => LedgerHash.Twice(Write(withWitnesses: false));

    /// <summary>What fees are counted by: bytes, those of witnesses a quarter (BIP 141).</summary>
    public int VirtualSize => (3 * Write(withWitnesses: false).Length + Write().Length + 3) / 4;

    /// <summary>o of chain.md §4.2.</summary>
    public Bytes32 OutpointsHash => Outpoints.Hash([.. Inputs.Select(input => input.Spent)]);

    public static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LedgerTransaction? transaction)
    {
        transaction = null;
        if (!TransactionSpan.TryReadWhole(bytes, out var span)) return false;
        var inputs = new LedgerInput[span.InputCount];
        var witnesses = new LedgerReader(span.Witnesses);
        var walk = span.Inputs;
        for (var i = 0; walk.MoveNext(); i++)
        {
            byte[][] witness = [];
            if (!witnesses.AtEnd && witnesses.TryReadCount(out var items))
            {
                witness = new byte[items][];
                for (var j = 0; j < items; j++) witness[j] = witnesses.TryTakeBlob(out var item) ? item.ToArray() : [];
            }

            inputs[i] = new(walk.Spent, walk.Script.ToArray(), walk.Sequence, witness);
        }

        var outputs = new List<LedgerOutput>(span.OutputCount);
        var walkOutputs = span.Outputs;
        while (walkOutputs.MoveNext()) outputs.Add(new(walkOutputs.Value, walkOutputs.Script.ToArray()));
        if (span.Witnesses.Length > 0 && inputs.All(input => input.Witness.Length == 0)) return false; // BIP 144: then there is no marker
        transaction = new() { Version = span.Version, Inputs = inputs, Outputs = [.. outputs], LockTime = span.LockTime };
        return true;
    }

    public byte[] Write(bool withWitnesses = true)
    {
        var bytes = new List<byte>(256);
        AddU32(bytes, Version);
        var marked = withWitnesses && HasWitnesses;
        if (marked) bytes.AddRange((ReadOnlySpan<byte>)[0, 1]);
        AddCount(bytes, Inputs.Length);
        Span<byte> spent = stackalloc byte[OutPoint.Size];
        foreach (var input in Inputs)
        {
            input.Spent.Write(spent);
            bytes.AddRange(spent);
            AddBlob(bytes, input.Script);
            AddU32(bytes, input.Sequence);
        }

        WriteOutputs(bytes);
        if (marked)
        {
            foreach (var input in Inputs)
            {
                AddCount(bytes, input.Witness.Length);
                foreach (var item in input.Witness) AddBlob(bytes, item);
            }
        }

        AddU32(bytes, LockTime);
        return [.. bytes];
    }

    /// <summary>What an input of kind P2WPKH signs, with SIGHASH_ALL (BIP 143).</summary>
    public Bytes32 SignatureHash(int input, in Bytes20 key, ulong value)
    {
        List<byte> prevouts = [], sequences = [], outputs = [], all = [];
        Span<byte> spent = stackalloc byte[OutPoint.Size];
        foreach (var each in Inputs)
        {
            each.Spent.Write(spent);
            prevouts.AddRange(spent);
            AddU32(sequences, each.Sequence);
        }

        foreach (var output in Outputs) AddOutput(outputs, output);
        AddU32(all, Version);
        AddHash(all, prevouts);
        AddHash(all, sequences);
        Inputs[input].Spent.Write(spent);
        all.AddRange(spent);
        all.AddRange((ReadOnlySpan<byte>)[0x19, 0x76, 0xa9, 0x14]);
        all.AddRange(key.ToArray());
        all.AddRange((ReadOnlySpan<byte>)[0x88, 0xac]);
        AddU64(all, value);
        AddU32(all, Inputs[input].Sequence);
        AddHash(all, outputs);
        AddU32(all, LockTime);
        AddU32(all, SpentWhole.All);
        return LedgerHash.Twice([.. all]);
    }

    private void WriteOutputs(List<byte> bytes)
    {
        AddCount(bytes, Outputs.Length);
        foreach (var output in Outputs) AddOutput(bytes, output);
    }

    private static void AddOutput(List<byte> bytes, LedgerOutput output)
    {
        AddU64(bytes, output.Value);
        AddBlob(bytes, output.Script);
    }

    private static void AddHash(List<byte> bytes, List<byte> of) => bytes.AddRange(LedgerHash.Twice([.. of]).ToArray());

    private static void AddBlob(List<byte> bytes, byte[] blob)
    {
        AddCount(bytes, blob.Length);
        bytes.AddRange(blob);
    }

    private static void AddCount(List<byte> bytes, int count)
    {
        if (count < 0xFD)
        {
            bytes.Add((byte)count);
        }
        else if (count <= ushort.MaxValue)
        {
            bytes.AddRange((ReadOnlySpan<byte>)[0xFD, (byte)(count & 0xFF), (byte)(count >> 8)]);
        }
        else
        {
            bytes.Add(0xFE);
            AddU32(bytes, (uint)count);
        }
    }

    private static void AddU32(List<byte> bytes, uint value)
    {
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(four, value);
        bytes.AddRange(four);
    }

    private static void AddU64(List<byte> bytes, ulong value)
    {
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(eight, value);
        bytes.AddRange(eight);
    }
}

/// <param name="Spent">What it spends.</param>
/// <param name="Script">Empty for whoever spends by a witness.</param>
/// <param name="Sequence">Whether it may be replaced, among other things.</param>
/// <param name="Witness">The items of its stack.</param>
internal sealed record LedgerInput(OutPoint Spent, byte[] Script, uint Sequence, byte[][] Witness);

/// <param name="Value">In satoshi.</param>
/// <param name="Script">What it takes to spend it.</param>
internal sealed record LedgerOutput(ulong Value, byte[] Script);
