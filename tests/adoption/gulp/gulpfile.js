const { src, dest } = require("gulp");

exports.default = () => src("front/css/*.css").pipe(dest("garden/static/dist"));
