using System.Text;
using QRCoder;

namespace Hawser.Cli;

/// <summary>A QR code out of half blocks, two rows of it a line.</summary>
internal static class QrPicture
{
    public static string Of(string text)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.L);
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
}
