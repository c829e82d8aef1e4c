namespace Hawser.Tests.Sim;

/// <summary>Gives bytes that a vector names, in order, and no more.</summary>
internal sealed class FixedEntropy(byte[] bytes) : IEntropy
{
    private int _at;

    public int Left => bytes.Length - _at;

    public void Fill(Span<byte> target)
    {
        bytes.AsSpan(_at, target.Length).CopyTo(target);
        _at += target.Length;
    }
}

/// <summary>Remembers what another gave, so that it can be named in a vector.</summary>
internal sealed class RecordedEntropy(IEntropy inner) : IEntropy
{
    private readonly List<byte> _given = [];

    public string Hex => Convert.ToHexStringLower([.. _given]);

    public void Fill(Span<byte> target)
    {
        inner.Fill(target);
        _given.AddRange(target);
    }
}
