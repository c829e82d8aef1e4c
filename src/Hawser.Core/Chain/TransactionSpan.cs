using System.Buffers.Binary;
using Hawser.Crypto;
using Hawser.Wire;

namespace Hawser.Chain;

/// <summary>A transaction where it lies: walked through once, nothing copied. Its parts are proved to be there.</summary>
internal readonly ref struct TransactionSpan
{
    private readonly ReadOnlySpan<byte> _version, _inputs, _outputs, _lockTime;

    private TransactionSpan(ReadOnlySpan<byte> version, ReadOnlySpan<byte> inputs, int inputCount, ReadOnlySpan<byte> outputs, int outputCount,
        ReadOnlySpan<byte> witnesses, ReadOnlySpan<byte> lockTime)
    {
        InputCount = inputCount;
        OutputCount = outputCount;
        _version = version;
        _inputs = inputs;
        _outputs = outputs;
        _lockTime = lockTime;
        Witnesses = witnesses;
    }

    public int InputCount { get; }

    public int OutputCount { get; }

    /// <summary>One stack for each input; empty if it has none at all.</summary>
    public ReadOnlySpan<byte> Witnesses { get; }

    public uint Version => BinaryPrimitives.ReadUInt32LittleEndian(_version);

    public uint LockTime => BinaryPrimitives.ReadUInt32LittleEndian(_lockTime);

    public InputWalk Inputs => new(_inputs, InputCount);

    public OutputWalk Outputs => new(_outputs, OutputCount);

    /// <summary>The ID: the hash of all but the witnesses.</summary>
    public Bytes32 Id
    {
        get
        {
            using var hash = new Sha256Stream();
            hash.Append(_version);
            hash.Append(_inputs);
            hash.Append(_outputs);
            hash.Append(_lockTime);
            var once = hash.Current();
            return Sha256.Hash(once);
        }
    }

    /// <summary>Takes the next transaction; false, having read anything or nothing, if there is none.</summary>
    public static bool TryRead(scoped ref LedgerReader reader, out TransactionSpan transaction)
    {
        transaction = default;
        if (!reader.TryTake(4, out var version)) return false;
        var at = reader.Position;
        if (!reader.TryReadCount(out var inputCount)) return false;
        var hasWitnesses = false;
        if (inputCount == 0)
        {
            // Marker and flag of BIP 144, where the count of inputs would be.
            if (!reader.TryReadU8(out var flag) || flag != 1) return false;
            hasWitnesses = true;
            at = reader.Position;
            if (!reader.TryReadCount(out inputCount) || inputCount == 0) return false;
        }

        for (var i = 0; i < inputCount; i++)
            if (!reader.TrySkip(OutPoint.Size) || !reader.TryTakeBlob(out _) || !reader.TrySkip(4)) return false;
        var inputs = reader.Between(at, reader.Position);
        at = reader.Position;
        if (!reader.TryReadCount(out var outputCount)) return false;
        for (var i = 0; i < outputCount; i++)
            if (!reader.TrySkip(8) || !reader.TryTakeBlob(out _)) return false;
        var outputs = reader.Between(at, reader.Position);
        at = reader.Position;
        if (hasWitnesses)
        {
            for (var i = 0; i < inputCount; i++)
            {
                if (!reader.TryReadCount(out var items)) return false;
                for (var j = 0; j < items; j++)
                    if (!reader.TryTakeBlob(out _)) return false;
            }
        }

        var witnesses = reader.Between(at, reader.Position);
        if (!reader.TryTake(4, out var lockTime)) return false;
        transaction = new(version, inputs, inputCount, outputs, outputCount, witnesses, lockTime);
        return true;
    }

    /// <summary>Takes bytes that are one transaction and nothing else.</summary>
    public static bool TryReadWhole(ReadOnlySpan<byte> bytes, out TransactionSpan transaction)
    {
        var reader = new LedgerReader(bytes);
        return TryRead(ref reader, out transaction) && reader.AtEnd;
    }

    internal ref struct InputWalk
    {
        private LedgerReader _reader;
        private int _left;

        public InputWalk(ReadOnlySpan<byte> inputs, int count)
        {
            _reader = new(inputs);
            _left = count;
            _reader.TryReadCount(out _);
        }

        public OutPoint Spent { get; private set; }

        public ReadOnlySpan<byte> Script { get; private set; }

        public uint Sequence { get; private set; }

        public bool MoveNext()
        {
            if (_left-- <= 0 || !_reader.TryTake(OutPoint.Size, out var spent) || !_reader.TryTakeBlob(out var script)
                || !_reader.TryReadU32(out var sequence)) return false;
            Spent = OutPoint.Read(spent);
            Script = script;
            Sequence = sequence;
            return true;
        }
    }

    internal ref struct OutputWalk
    {
        private LedgerReader _reader;
        private int _left;

        public OutputWalk(ReadOnlySpan<byte> outputs, int count)
        {
            _reader = new(outputs);
            _left = count;
            Index = -1;
            _reader.TryReadCount(out _);
        }

        public int Index { get; private set; }

        public ulong Value { get; private set; }

        public ReadOnlySpan<byte> Script { get; private set; }

        public bool MoveNext()
        {
            if (_left-- <= 0 || !_reader.TryReadU64(out var value) || !_reader.TryTakeBlob(out var script)) return false;
            Index++;
            Value = value;
            Script = script;
            return true;
        }
    }
}
