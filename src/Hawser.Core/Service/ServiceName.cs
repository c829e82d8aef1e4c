using System.Text;

namespace Hawser.Service;

/// <summary>What a peer calls a service: 1 to 64 of a–z, 0–9 and inner <c>. _ -</c>. Spec: service.md §4.</summary>
internal readonly record struct ServiceName
{
    public const int MaxLength = 64; // service.md §6

    /// <summary>Sends back what it gets.</summary>
    public static readonly ServiceName Echo = new("echo");

    /// <summary>Answers probes, for the round trip as a service sees it.</summary>
    public static readonly ServiceName Ping = new("ping");

    /// <summary>Takes files into the inbox. Spec: file.md.</summary>
    public static readonly ServiceName File = new("file");

    /// <summary>Agrees on the chain keys of the next meeting; contacts only, whatever is exposed. Spec: chain.md §5.5.</summary>
    public static readonly ServiceName ChainKeys = new("chain-keys");

    private readonly string? _text;

    private ServiceName(string text) => _text = text;

    public static bool TryParse(ReadOnlySpan<char> text, out ServiceName name)
    {
        name = default;
        if (text.Length is 0 or > MaxLength || !IsEdge(text[0]) || !IsEdge(text[^1])) return false;
        foreach (var c in text)
            if (!IsEdge(c) && c is not ('.' or '_' or '-')) return false;
        name = new(text.ToString());
        return true;
    }

    public static bool TryRead(ReadOnlySpan<byte> bytes, out ServiceName name)
    {
        Span<char> text = stackalloc char[MaxLength];
        name = default;
        return bytes.Length <= MaxLength
            && Encoding.Latin1.TryGetChars(bytes, text, out var length)
            && TryParse(text[..length], out name);
    }

    public override string ToString() => _text ?? throw new InvalidOperationException("A service has no empty name.");

    private static bool IsEdge(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9');
}
