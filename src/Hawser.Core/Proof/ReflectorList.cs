using System.Diagnostics.CodeAnalysis;
using System.Text;
using Hawser.Wire;

namespace Hawser.Proof;

/// <summary>The web servers that a hub lets requests be reflected by, for its clients. Spec: reflection.md §4.4.</summary>
internal sealed record ReflectorList(IReadOnlyList<Reflector> Reflectors)
{
    public const int MaxSize = 4_096; // reflection.md §6
    public const string Path = "/v1/reflectors";

    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ReflectorList? list)
    {
        list = null;
        var reader = new LineReader(text);
        if (text.Length > MaxSize || !reader.TryReadLine(out var title) || !title.SequenceEqual("hawser/reflectors/1"u8)) return false;
        List<Reflector> reflectors = [];
        while (reader.TryReadField("Reflector"u8, out ReadOnlySpan<byte> line))
        {
            if (!LineReader.IsPlain(line) || Encoding.UTF8.GetString(line).Split(' ') is not [var at, var host, var name]
                || !HostPort.TryParse(at, out var place) || place.Port == 0 || !Reflector.IsHost(host) || !NotaryList.IsOperator(name)) return false;
            reflectors.Add(new(place, host, name));
        }

        if (!reader.AtEnd) return false;
        list = new(reflectors);
        return true;
    }

    public byte[] Write() => Encoding.UTF8.GetBytes(string.Concat(
        ["hawser/reflectors/1\n", .. Reflectors.Select(one => $"Reflector: {one.At} {one.Host} {one.Operator}\n")]));
}
