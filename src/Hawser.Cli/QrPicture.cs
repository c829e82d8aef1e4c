using System.Text;
using Hawser.Net;
using QRCoder;

namespace Hawser.Cli;

/// <summary>A QR code: out of half blocks for a terminal, two rows of it a line; or as a file.</summary>
internal static class QrPicture
{
    private const int PixelsPerModule = 8;

    public static string Of(string text)
    {
        using var code = Make(text);
        var rows = code.ModuleMatrix;
        var picture = new StringBuilder();
        for (var y = 0; y < rows.Count; y += 2)
        {
            // Light is drawn, dark is left: right on dark terminals, and cameras take either.
            for (var x = 0; x < rows[y].Count; x++)
                picture.Append((!rows[y][x], y + 1 >= rows.Count || !rows[y + 1][x]) switch
                {
                    (true, true) => '█',
                    (true, false) => '▀',
                    (false, true) => '▄',
                    (false, false) => ' ',
                });
            picture.Append('\n');
        }

        return picture.ToString();
    }

    /// <summary>Throws unless a picture can have that name.</summary>
    public static void RequireKind(string path)
    {
        if (!IsPng(path) && !IsSvg(path)) throw new HawserException(Reason.Usage, $"{path} names no picture", "end it with .png or .svg");
    }

    /// <summary>Writes a picture that only this user may read: it is as good as the text.</summary>
    public static void Save(string text, string path)
    {
        using var code = Make(text);
        var bytes = IsPng(path)
            ? new PngByteQRCode(code).GetGraphic(PixelsPerModule)
            : Encoding.UTF8.GetBytes(new SvgQRCode(code).GetGraphic(PixelsPerModule));
        try
        {
            using var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });
            file.Write(bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new HawserException(Reason.FileTrouble, $"{path} cannot be written", "see that its folder is there and yours", e);
        }
    }

    private static QRCodeData Make(string text)
    {
        using var generator = new QRCodeGenerator();
        return generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
    }

    private static bool IsPng(string path) => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase);

    private static bool IsSvg(string path) => path.EndsWith(".svg", StringComparison.OrdinalIgnoreCase);
}
